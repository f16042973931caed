"""Acting as a page: by `X-Veza-Profile`, in a role, recorded with both, within one's own limits."""

import itertools

import pytest

from tests import make
from tests.make import Page
from tests.support.references import read_document
from veza.core.access import Role
from veza.core.activities import Activity
from veza.core.profiles import ProfileRole
from veza.infra.valkey.client import WindowCounters
from veza.infra.valkey.hourly_limits import HourlyLimitReached, HourlyLimits

UNKNOWN = "0198c0de-0000-7000-8000-00000000dead"


@pytest.fixture
async def page(services, ann) -> Page:
    return await make.page(services, ann, display_name="The Page")


async def post(client, headers, content="Hello"):
    return await client.post("social/posts", headers=headers, json={"content": content})


async def test_what_is_published_as_a_page_is_the_pages(client, page, ann):
    answer = await post(client, page.headers)
    assert answer.status_code == 201, answer.text
    author = answer.json()["data"]["author"]
    assert (author["id"], author["display_name"]) == (str(page.id), "The Page")
    own = (await post(client, ann.headers)).json()["data"]
    assert own["author"]["id"] == str(ann.id)
    # The id of the caller changes nothing.
    mine = await post(client, ann.headers | {"X-Veza-Profile": str(ann.id)})
    assert mine.json()["data"]["author"]["id"] == str(ann.id)


async def test_no_role_is_no_right_and_ends_with_the_next_request(client, services, page, bob):
    headers = page.headers_of(bob)
    for path in ("users/me/likes", "tracks"):
        refused = await client.get(path, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile"), path
    await make.role_in(services, page, bob)
    assert (await post(client, headers)).status_code == 201
    path = f"profiles/{page.id}/members/{bob.id}"
    assert (await client.delete(path, headers=page.owner.headers)).status_code == 200
    assert (await post(client, headers)).json()["code"] == "not_your_profile"


@pytest.mark.parametrize(("named", "status"), [("nonsense", 400), (UNKNOWN, 403)])
async def test_other_names_are_refused(client, ann, bob, named, status):
    for each in (named, str(bob.id)):
        answer = await post(client, ann.headers | {"X-Veza-Profile": each})
        assert answer.status_code == (403 if each == str(bob.id) else status)


async def test_links_and_elements_name_a_page_in_the_address_to_read(client, page, bob):
    form = {"files": {"file": ("plan.txt", b"Load in at six.")}}
    made = await client.post("cloud/files", headers=page.headers, **form)
    path = f"cloud/files/{made.json()['data']['id']}/download"
    as_page = {"profile": str(page.id)}

    found = await client.get(path, headers=page.owner.headers, params=as_page)
    assert (found.status_code, found.content) == (200, b"Load in at six.")
    assert (await client.get(path, headers=page.owner.headers)).status_code == 404
    assert (await client.get(path, headers=bob.headers, params=as_page)).status_code == 403
    nonsense = await client.get(path, headers=page.owner.headers, params={"profile": "ours"})
    assert nonsense.status_code == 400
    # To change something, it takes the header.
    said = await client.post(
        "social/posts", headers=page.owner.headers, params=as_page, json={"content": "Hello"}
    )
    assert said.json()["data"]["author"]["id"] == str(page.owner.id)


async def test_visitors_need_no_profile(client, page):
    named = {"X-Veza-Profile": str(page.id)}
    assert (await client.get("tracks", headers=named)).status_code == 200
    assert (await post(client, named)).status_code == 401


CALLS = {
    "read": ("GET", "users/me/likes"),
    "publish": ("POST", "releases"),
    "speak": ("POST", "social/posts"),
    "moderate": ("GET", "users/me/blocks"),
    "sell": ("GET", "statistics/overview"),
    "money": ("GET", "sell/balance"),
    "own": ("GET", "users/me/export"),
}
ALLOWED = {
    ProfileRole.OWNER: set(CALLS),
    ProfileRole.MANAGER: {"read", "publish", "speak", "moderate", "sell"},
    ProfileRole.EDITOR: {"read", "publish", "speak"},
    ProfileRole.UPLOADER: {"read", "publish"},
    ProfileRole.MODERATOR: {"read", "moderate"},
    ProfileRole.FINANCE: {"read", "sell", "money"},
}


async def test_each_role_reaches_its_routes(client, services, page, bob):
    for role in ProfileRole:
        async with services.database.transaction(recorded=False) as tx:
            await tx.run("delete from profile_members where user_id = $1", bob.id)
        await make.role_in(services, page, bob, role)
        for right, (method, path) in CALLS.items():
            answer = await client.request(method, path, headers=page.headers_of(bob), json=None)
            is_refused = answer.status_code == 403
            assert is_refused is (right not in ALLOWED[role]), (role, right, answer.text)


async def test_what_is_about_the_account_is_not_possible_as_a_page(client, page, admin, services):
    for method, path in (
        ("GET", "sessions"),
        ("GET", "developer/api-keys"),
        ("DELETE", "users/me"),
        ("PUT", "users/me"),
        ("POST", "profiles"),
    ):
        form = {"kind": "band", "handle": "nova-band"} if path == "profiles" else None
        answer = await client.request(method, path, headers=page.headers, json=form)
        assert (answer.status_code, answer.json()["code"]) == (403, "accounts_only"), path
    of_staff = await make.page(services, admin)
    answer = await client.get("admin/users", headers=of_staff.headers)
    assert answer.status_code == 403


async def test_a_profile_is_managed_by_the_role_in_it(client, services, ann, bob, page):
    path = f"profiles/{page.id}"
    for headers in (ann.headers, page.headers):
        changed = await client.put(path, headers=headers, json={"place": "Reykjavík"})
        assert changed.json()["data"]["place"] == "Reykjavík"
    await make.role_in(services, page, bob, ProfileRole.EDITOR)
    other = await make.page(services, ann)
    for headers in (bob.headers, page.headers_of(bob), other.headers):
        refused = await client.put(path, headers=headers, json={"place": "Oslo"})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile")


async def test_the_audit_log_names_the_account_and_the_page(client, services, page, admin):
    await post(client, page.headers)
    found = await client.get(f"admin/audit?profile_id={page.id}", headers=admin.headers)
    event = found.json()["data"]["events"][0]
    assert (event["user_id"], event["profile_id"]) == (str(page.owner.id), str(page.id))
    own = await client.get(f"admin/audit?user_id={page.owner.id}", headers=admin.headers)
    assert event["id"] in [each["id"] for each in own.json()["data"]["events"]]


async def test_pages_add_nothing_to_the_limits_of_their_account(services, page, ann, bob):
    limits = HourlyLimits(WindowCounters(services.valkey), {Activity.POST: 2})
    for member in (page.as_owner.member, ann.member):
        await limits.count(Activity.POST, member)
    for member in (page.as_owner.member, ann.member):
        with pytest.raises(HourlyLimitReached):
            await limits.count(Activity.POST, member)
    await limits.count(Activity.POST, bob.member)


async def test_keys_of_requests_of_an_account_and_its_page_are_apart(client, services, page, ann):
    seller = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        product = await make.product(tx, seller.member, price_cents=0)
    keyed = {"Idempotency-Key": "the same"}
    form = {"items": [{"product_id": str(product)}]}
    orders = [
        await client.post("marketplace/orders", headers=headers | keyed, json=form)
        for headers in (ann.headers, page.headers, ann.headers)
    ]
    assert [each.status_code for each in orders] == [201, 201, 201], orders[1].text
    ids = [each.json()["data"]["id"] for each in orders]
    assert ids[0] == ids[2] != ids[1]


def test_the_document_names_the_header_once():
    document = read_document()
    assert document["components"]["parameters"]["Profile"]["name"] == "X-Veza-Profile"
    operations = list(itertools.chain(*(each.values() for each in document["paths"].values())))
    named = [each for each in operations if "Profile" in str(each.get("parameters"))]
    assert len(named) > 150
