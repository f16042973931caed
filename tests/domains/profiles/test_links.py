"""Links of profiles are verified by pages that link back, and only for as long as they do."""

import pytest

from tests import make
from tests.fakes.web_site import SitePage, open_site
from veza.core.ids import ProfileId, new_id
from veza.core.profiles import ProfileRole
from veza.domains.profiles import jobs
from veza.domains.profiles.models.links import VerifyLinks
from veza.domains.profiles.service.links import MAX_CHECKS, LinkReader
from veza.infra.foreign_http.pages import WebPages

BASE = "https://music.example"

site_of_module = pytest.fixture(scope="module")(open_site)


@pytest.fixture
def site(site_of_module):
    site_of_module.clear()
    return site_of_module


@pytest.fixture
def link(site, change):
    """Give the profile of Ann, or of another, links to pages of the site: `await link("/a")`."""

    async def put(*paths, by=None):
        links = [{"url": f"{site.origin}{path}"} for path in paths]
        answer = await change(links=links, **({} if by is None else {"by": by}))
        assert answer.status_code == 200, answer.text

    return put


@pytest.fixture
def check(services, site, ann):
    """Check the links of a profile as the job does."""

    async def run(of=None):
        reader = LinkReader(WebPages({site.origin}, site.tls, 60), (BASE, "http://localhost:8080"))
        job = VerifyLinks(ProfileId((of or ann).id))
        await jobs.verify_links(services.database, reader, job)

    return run


@pytest.fixture
def own(client, ann):
    """Return the links of Ann's profile as she sees them, by the path in each."""

    async def get():
        answer = await client.get("users/me/profiles", headers=ann.headers)
        links = answer.json()["data"]["profiles"][0]["links"]
        return {f"/{each['url'].rpartition('/')[2]}": each for each in links}

    return get


@pytest.fixture
def marks(show):
    """Return whether each link of a profile is verified, as visitors see it."""

    async def get(*of):
        return [each["is_verified"] for each in (await show(*of))["links"]]

    return get


def back(name, base=BASE):
    return SitePage(f'<a rel="me" href="{base}/@{name}">Veza</a>')


async def take_jobs(services, profile_id) -> int:
    """Delete the jobs that check a profile, and return how many there were."""
    async with services.database.transaction(recorded=False) as tx:
        return await tx.run("delete from jobs where key = $1", f"verify-links:{profile_id}")


async def date_back(services, person, days):
    """Move the last check of each link, and the last link back, some days into the past."""
    sql = """
        update profiles
           set links_checked_at = links_checked_at - make_interval(days => $2),
               link_checks = (
                   select jsonb_agg(c || jsonb_build_object('verified_at',
                              (c ->> 'verified_at')::timestamptz - make_interval(days => $2)))
                     from jsonb_array_elements(link_checks) c)
         where id = $1
    """
    async with services.database.transaction(recorded=False) as tx:
        await tx.run(sql, person.id, days)


async def test_a_page_links_back_by_each_address_of_the_profile(site, link, check, marks, ann):
    name = ann.username
    pages = {
        "/a": back(name),
        "/b": back(name.upper()),
        "/c": SitePage(f'<link rel="me" href="http://music.example:443/artists/{name}/?a=1#b">'),
        "/d": SitePage(f'<a rel=me href="https://MUSIC.example/artists/{ann.id}">'),
        "/e": SitePage(headers={"Link": f"<http://localhost:8080/%40{name}>; rel=me"}),
        # Others.
        "/f": back(f"{name}x"),
        "/g": back(name, "https://music.example.evil.example"),
        "/h": SitePage(f'<a rel="me" href="https://music.example@evil.example/@{name}">'),
        "/i": SitePage(f'<a rel="me" href="{BASE}/tracks/@{name}"><a rel=me href="https://[x/">'),
        "/j": SitePage(f'<a href="{BASE}/@{name}">'),
    }
    site.pages.update(pages)
    await link(*pages)
    assert await marks() == [False] * 10

    await check()

    assert await marks() == [True] * 5 + [False] * 5
    assert sorted(site.asked) == sorted(pages)


async def test_only_its_owner_sees_what_was_found(site, link, check, own, show, ann):
    site.pages |= {"/a": back(ann.username), "/c": SitePage(status=503)}
    await link("/a", "/b", "/c")
    assert all("outcome" not in each for each in (await own()).values())

    await check()

    found = await own()
    assert {path: (each["outcome"], each["is_verified"]) for path, each in found.items()} == {
        "/a": ("found", True),
        "/b": ("missing", False),
        "/c": ("away", False),
    }
    assert all(each["checked_at"] for each in found.values())
    fields = {"url", "label", "is_verified"}
    assert all(each.keys() == fields for each in (await show())["links"])


async def test_a_link_back_that_is_removed_ends_the_mark(site, link, check, marks, ann):
    site.pages["/a"] = back(ann.username)
    await link("/a")
    await check()
    assert await marks() == [True]
    site.pages["/a"] = SitePage("<p>Nothing.</p>")
    await check()
    assert await marks() == [False]


async def test_a_page_that_is_away_keeps_its_mark_for_a_month(
    services, site, link, check, marks, ann
):
    site.pages["/a"] = back(ann.username)
    await link("/a")
    await check()
    site.pages["/a"] = SitePage(status=503)
    for days, is_kept in ((29, True), (2, False)):
        await date_back(services, ann, days)
        await check()
        assert await marks() == [is_kept]
    # Nor does it come back by itself.
    await check()
    assert await marks() == [False]


async def test_another_handle_ends_the_mark_until_a_check_finds_the_former_one(
    services, client, site, link, check, marks, ann
):
    site.pages["/a"] = back(ann.username)
    await link("/a")
    await check()
    await make.delivered(services)
    assert await take_jobs(services, ann.id) == 0
    for name, is_verified in ((ann.username.upper(), True), (f"r{new_id().hex[-20:]}", False)):
        answer = await client.put("users/me", headers=ann.headers, json={"username": name})
        assert answer.status_code == 200, answer.text
        assert await marks() == [is_verified]
        await make.delivered(services)
        assert await take_jobs(services, ann.id) == (not is_verified)

    await check()
    assert await marks() == [True]

    async with services.database.transaction(recorded=False) as tx:
        await tx.run("update former_handles set until = now() where profile_id = $1", ann.id)
    await check()
    assert await marks() == [False]


async def test_a_page_that_is_away_is_not_verified_under_another_handle(
    client, site, link, check, marks, ann
):
    site.pages["/a"] = back(ann.username)
    await link("/a")
    await check()
    form = {"username": f"r{new_id().hex[-20:]}"}
    await client.put("users/me", headers=ann.headers, json=form)
    site.pages["/a"] = SitePage(status=503)
    await check()
    assert await marks() == [False]


async def test_another_link_has_to_be_checked_and_a_label_has_not(
    site, link, check, marks, change, ann
):
    site.pages["/a"] = back(ann.username)
    await link("/a", "/b")
    await check()
    await change(links=[{"url": f"{site.origin}/a", "label": "Home"}], place="Here")
    assert await marks() == [True]
    await link("/b")
    await link("/a")
    assert await marks() == [False]


async def test_a_page_that_leads_to_somebody_else_verifies_nobody(
    site, link, check, marks, ann, bob
):
    site.pages["/a"] = back(bob.username)
    await link("/a")
    await link("/a", by=bob)
    await check()
    await check(bob)
    assert (await marks(), await marks(bob)) == ([False], [True])


async def test_the_site_itself_proves_nothing_and_is_not_called(check, own, change, ann):
    answer = await change(links=[{"url": f"{BASE}/artists/{ann.username}"}])
    assert answer.status_code == 200
    await check()
    assert [each["outcome"] for each in (await own()).values()] == ["missing"]


async def test_a_verified_link_verifies_no_profile_and_protects_no_name(
    site, link, check, show, change, ann, bob
):
    name = f"Overtone {new_id().hex[-12:]}"
    await change(display_name=name)
    site.pages["/a"] = back(ann.username)
    await link("/a")
    await check()
    assert (await show())["verified"] is False
    assert (await change(by=bob, display_name=name)).status_code == 200


async def test_a_home_page_that_links_back_is_the_site_of_the_profile(
    client, site, link, check, change, show, ann, own
):
    site.pages |= {path: back(ann.username) for path in ("/", "", "/a", "/?a=b")}
    host = site.origin.removeprefix("https://")
    # Below a path or a query the host is that of somebody else.
    for paths, named in ((("/a", "/?a=b"), None), (("/a", "/"), host), ((), None), (("",), host)):
        await link(*paths)
        assert (await show())["verified_site"] is None
        await check()
        found = await show()
        assert (found["verified_site"], found["verified"]) == (named, False)
        page = await client.get(f"profiles/by-handle/{ann.username}")
        assert page.json()["data"]["verified_site"] == named

    site.pages[""] = site.pages["/"] = SitePage("<p>Nothing.</p>")
    await check()
    assert (await show())["verified_site"] is None


async def test_the_links_of_a_hidden_profile_are_not_read(services, site, link, check, ann):
    site.pages["/a"] = back(ann.username)
    await link("/a")
    await make.suspended(services, ann)
    await check()
    assert site.asked == []


async def test_verified_links_are_checked_again_each_week(services, site, link, check, ann, bob):
    site.pages["/a"] = back(ann.username)
    for person in (ann, bob):
        await link("/a", by=person)
        await check(person)
    await date_back(services, ann, 6)
    for days, number in ((0, 0), (2, 1)):
        await date_back(services, ann, days)
        await jobs.recheck_links(services.database)
        assert await take_jobs(services, ann.id) == number
    # It has had its turn, whether or not the check comes to an end. Bob's link is not verified.
    await jobs.recheck_links(services.database)
    await date_back(services, bob, 30)
    await jobs.recheck_links(services.database)
    assert [await take_jobs(services, each.id) for each in (ann, bob)] == [0, 0]


async def test_who_manages_a_profile_asks_for_a_check(client, services, link, change, ann, bob):
    page = await make.page(services, ann)
    await make.role_in(services, page, bob, ProfileRole.EDITOR)
    path = f"profiles/{page.id}/links/verify"
    assert (await client.post(path, headers=ann.headers)).status_code == 202
    assert await take_jobs(services, page.id) == 0
    form = {"links": [{"url": "https://me.example/"}]}
    await client.put(f"profiles/{page.id}", headers=ann.headers, json=form)

    for headers in (ann.headers, page.headers):
        answer = await client.post(path, headers=headers)
        assert answer.status_code == 202, answer.text
        assert answer.json()["data"]["links"] == [
            {"url": "https://me.example/", "label": "", "is_verified": False}
        ]
    assert await take_jobs(services, page.id) == 1
    refused = await client.post(path, headers=bob.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile")
    assert (await client.post(path)).status_code == 401
    missing = await client.post(f"profiles/{new_id()}/links/verify", headers=ann.headers)
    assert missing.status_code == 404
    assert await take_jobs(services, page.id) == 0


async def test_a_profile_is_checked_so_often_in_a_day(client, services, ann, bob):
    path = f"profiles/{ann.id}/links/verify"
    for _ in range(MAX_CHECKS):
        assert (await client.post(path, headers=bob.headers)).status_code == 403
        assert (await client.post(path, headers=ann.headers)).status_code == 202
    answer = await client.post(path, headers=ann.headers)
    assert (answer.status_code, answer.json()["code"]) == (429, "link_checks_limited")
    assert 0 < int(answer.headers["retry-after"]) <= 24 * 3600
