"""The head of pages: what search engines and messengers read, and what they must not."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests import make
from tests.http.apps import calling
from tests.journeys.web_pages import PAGES, list_routes
from tests.raw import hearing
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import StreamClipId, new_id
from veza.core.visibility import Visibility
from veza.domains.music.credits.models import ArtistForm, CreditedProfile
from veza.domains.music.tracks.models.forms import TrackChange
from veza.domains.music.tracks.service import track_changes
from veza.domains.public_pages.heads.rules import PUBLIC_SECTIONS, shorten
from veza.http.web_app.paths import read_paths
from veza.infra.postgres.database import Tx

NASTY = '</script><script>alert("1")</script> & \' <!--'
_SITE = "http://veza.test"


@pytest.fixture
async def browser(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as made:
        yield made


async def _make_all(tx: Tx, owner: make.Person) -> dict[str, str]:
    """Make one of everything that has a page; return the paths and a word of their titles."""
    track = await make.bare_track(tx, owner.member, "Night Ferry")
    playlist, _ = await make.playlist(tx, owner.member, "Before rehearsal", track, "public")
    release = await make.release(
        tx, owner.member, "Two Shores", track, visibility=Visibility.PUBLIC
    )
    product = await make.product(tx, owner.member, "A score")
    bundle = await make.bundle(tx, owner.member, title="All of it")
    post = await make.post(tx, owner.member, "It is in here, at the very end.")
    stream = await make.stream(tx, owner.member, "Tape echo")
    clip = StreamClipId(new_id())
    await make.clip_in(tx, clip, stream, owner.member, "That drop")
    return {
        f"/tracks/{track}": "Night Ferry",
        f"/playlists/{playlist}": "Before rehearsal",
        f"/releases/{release}": "Two Shores",
        f"/products/{product}": "A score",
        f"/bundles/{bundle}": "All of it",
        f"/posts/{post}": owner.username,
        f"/live/{stream}": "Tape echo",
        f"/clips/{clip}": "That drop",
        f"/artists/{owner.username}": owner.username,
    }


async def test_each_page_says_what_it_shows(browser: httpx.AsyncClient, services: Services) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        pages = await _make_all(tx, owner)

    for path, word in pages.items():
        page = await browser.get(path)
        assert page.status_code == 200, path
        assert word in _find(page.text, r"<title>(.*?)</title>"), path
        assert word in _find(page.text, r'property="og:title" content="(.*?)"'), path
        assert _find(page.text, r'rel="canonical" href="(.*?)"') == f"{_SITE}{path}"
        assert _find(page.text, r'name="description" content="(.+?)"'), path
        assert _data_of(page.text)["url"] == f"{_SITE}{path}"
        assert word in _find(page.text, r"<noscript>(.*?)</noscript>"), path


async def test_pages_of_music_name_all_artists(
    browser: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    artists = [ArtistForm("Ada", CreditedProfile(owner.id), " & "), ArtistForm("Brian")]
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, owner.member, "Night Ferry")
        change = TrackChange(artists=artists)
        await track_changes.update_track(tx, track, owner.member, change, make.NO_LINKS)
        release = await make.release(
            tx, owner.member, "Shores", track, visibility=Visibility.PUBLIC, artists=artists
        )
    page_of_owner = f"{_SITE}/artists/{owner.username}"
    named = [
        {"@type": "MusicGroup", "name": "Ada", "url": page_of_owner},
        {"@type": "MusicGroup", "name": "Brian"},
    ]
    for path in (f"/tracks/{track}", f"/releases/{release}"):
        page = (await browser.get(path)).text
        assert _find(page, r'property="og:title" content=".*, by (.*?)"') == "Ada &amp; Brian"
        assert re.findall(r'property="music:musician" content="(.*?)"', page) == [page_of_owner]
        assert _data_of(page)["byArtist"] == named
    listed = _data_of(page)["track"]["itemListElement"]
    assert [each["item"]["byArtist"] for each in listed] == [named]


@pytest.mark.parametrize(
    "path", ["/", "/library", "/library/history", "/live", "/settings/profile"]
)
async def test_pages_of_the_application_alone_are_there(
    browser: httpx.AsyncClient, services: Services, path: str
) -> None:
    page = await browser.get(path)

    assert page.status_code == 200
    assert f"<title>{services.site_profile.identity.name}</title>" in page.text


@pytest.mark.parametrize(
    ("path", "title"), [("/", "{}"), ("/explore", "Explore · {}"), ("/live", "Live · {}")]
)
async def test_pages_that_list_things_have_a_card_too(
    browser: httpx.AsyncClient, services: Services, path: str, title: str
) -> None:
    page = (await browser.get(path)).text

    named = title.format(services.site_profile.identity.name)
    assert _find(page, r'property="og:title" content="(.*?)"') == named
    assert _find(page, r'property="og:url" content="(.*?)"') == f"{_SITE}{path}"
    assert _find(page, r'property="og:description" content="(.+?)"')
    picture = await browser.get(_find(page, r'property="og:image" content="(.*?)"'))
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")


@pytest.mark.parametrize(
    ("path", "is_page"),
    [
        *(("/nowhere", True), ("/artists/a/b/c", True), ("/settings/nothing/there", True)),
        *(("/library/nothing", True), ("/api/v1/nowhere", False), ("/feeds/x", False)),
    ],
)
async def test_an_unknown_address_is_a_page_for_what_accepts_one(
    browser: httpx.AsyncClient, path: str, is_page: bool
) -> None:
    accepted = "text/html,application/xhtml+xml,*/*;q=0.8"
    answer = await browser.get(path, headers={"accept": accepted})
    for_programs = await browser.get(path)

    assert answer.headers["content-type"].startswith("text/html" if is_page else "application/json")
    assert (answer.status_code, for_programs.status_code) == (404, 404)
    assert for_programs.json()["code"] == "not_found"


async def test_what_people_wrote_stays_text(browser: httpx.AsyncClient, services: Services) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, owner.member, NASTY, description=NASTY)
    page = (await browser.get(f"/tracks/{track}")).text

    assert "<script>alert" not in page
    assert page.count("</script>") == 2, "that of the application, and that of the data"
    assert page.count("<!--") == 0
    assert _data_of(page)["name"] == NASTY


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
async def test_only_public_things_are_indexed_and_private_ones_are_not_there(
    browser: httpx.AsyncClient, services: Services, visibility: str
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, owner.member, "Hidden words", visibility=visibility)
    page = await browser.get(f"/tracks/{track}", headers=owner.headers)

    assert page.status_code == (404 if visibility == "private" else 200)
    assert ("Hidden words" in page.text) == (visibility != "private")
    assert ("noindex" in page.text) == (visibility == "unlisted")
    assert '<div id="app">' in page.text


async def test_missing_things_and_suspended_members_are_not_found(
    browser: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        pages = await _make_all(tx, owner)
    await make.suspended(services, owner)

    missing = [f"/{name}/{new_id()}" for name in ("tracks", "releases", "playlists", "products")]
    missing += [f"/posts/{new_id()}", f"/live/{new_id()}", "/artists/nobody-has-this-name"]
    for path in [*pages, *missing]:
        page = await browser.get(path)
        assert page.status_code == 404, path
        assert "og:title" not in page.text
        assert '<div id="app">' in page.text


async def test_a_picture_is_described_by_its_owner_or_by_the_name(
    browser: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    path, alt = f"/artists/{owner.username}", r'property="og:image:alt" content="(.*?)"'
    assert "og:image:alt" not in (await browser.get(path)).text
    async with services.database.transaction() as tx:
        cover = await make.bare_image(tx, owner.member)
        await tx.run("update profiles set avatar_id = $2 where id = $1", owner.id, cover)
    assert _find((await browser.get(path)).text, alt) == owner.username
    async with services.database.transaction() as tx:
        await tx.run("update profiles set avatar_alt = $2 where id = $1", owner.id, NASTY)
    page = (await browser.get(path)).text
    assert "&lt;script&gt;" in _find(page, alt)
    assert NASTY not in page


async def test_a_clip_has_the_cover_of_its_stream_and_none_that_is_for_some(
    browser: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    clip = StreamClipId(new_id())
    async with services.database.transaction() as tx:
        cover = await make.bare_image(tx, owner.member)
        stream = await make.stream(tx, owner.member, "Tape echo", cover_image_id=cover)
        await make.clip_in(tx, clip, stream, owner.member, "That drop")
    page = (await browser.get(f"/clips/{clip}")).text
    assert str(cover) in _find(page, r'property="og:image" content="(.*?)"')
    assert "Tape echo" in _find(page, r"<title>(.*?)</title>")
    assert "noindex" not in page
    for audience, status in (("unlisted", 200), ("followers", 404), ("password", 200)):
        async with services.database.transaction() as tx:
            sql = "update streams set audience = $2, password_hash = $3 where id = $1"
            await tx.run(sql, stream, audience, "x" if audience == "password" else None)
        answer = await browser.get(f"/clips/{clip}")
        assert answer.status_code == status, audience
        assert ("That drop" in answer.text) is (audience == "unlisted")
        assert ("noindex" in answer.text) is (audience == "unlisted")


async def test_a_page_is_read_with_few_statements(
    browser: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        pages = await _make_all(tx, owner)
    for path in pages:
        key = path.rpartition("/")[2]
        async with hearing(services, "select") as heard:
            await browser.get(path)
        # Statements of other requests, and of the process itself, have other values.
        statements = [statement for statement, values in heard if key in str(values)]
        # That of a release names its tracks, too.
        most = 3 if path.startswith("/releases/") else 2
        assert 1 <= len(statements) <= most, (path, statements)


async def test_the_server_knows_each_page_of_the_application(browser: httpx.AsyncClient) -> None:
    paths = read_paths()

    assert "/settings" in paths
    for path in paths:
        section, _, thing = path[1:].partition("/")
        # Those of a public thing are there with it alone.
        if section in PUBLIC_SECTIONS and thing:
            continue
        address = re.sub(r":\w+", "1", path)
        assert (await browser.get(address)).status_code == 200, address


def test_a_description_is_cut_at_a_word() -> None:
    assert shorten(" One\n\n two ") == "One two"
    assert shorten("word " * 100).endswith(" word…")
    assert len(shorten("x" * 1000)) == 201


def _find(page: str, pattern: str) -> str:
    match = re.search(pattern, page, re.DOTALL)
    assert match is not None, (pattern, page)
    return match[1]


def _data_of(page: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_find(page, r'ld\+json">(.*?)</script>'))
    return found


def test_every_route_is_among_the_pages_whose_quality_is_tested() -> None:
    assert {*list_routes(), "no route"} == set(PAGES)
