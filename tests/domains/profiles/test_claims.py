"""Pages that labels make for artists: run by the label, claimed by a mailed link, taken away."""

import re

import pytest

from tests import make
from tests.make import Page
from tests.support.locks import ensure_waits
from veza.core.ids import ProfileId, UserId, new_id
from veza.core.profiles import PageKind, ProfileRole
from veza.domains.live import jobs as live_jobs
from veza.domains.profiles.events import ProfileClaimed
from veza.domains.profiles.models.profiles import PageSettings
from veza.domains.profiles.queries.members import insert_member
from veza.domains.profiles.service import claims as service


@pytest.fixture
async def label(services, ann) -> Page:
    return await make.page(services, ann, PageKind.LABEL, display_name="Harbour")


async def create(client, headers, **fields):
    form = {"kind": "artist", "handle": f"p{new_id().hex[-20:]}", "display_name": "Nova"}
    address = {"invite_email": f"{new_id().hex}@example.com"}
    return await client.post("profiles", headers=headers, json=form | address | fields)


async def roles(client, person) -> dict[str, tuple[str, bool]]:
    found = await client.get("users/me/profiles", headers=person.headers)
    return {
        each["id"]: (each["role"], each["placeholder"]) for each in found.json()["data"]["profiles"]
    }


async def read_token(services, work, email: str) -> str:
    await work()
    mails = [each.read_text() for each in (services.settings.data_dir / "mail").iterdir()]
    tokens = [
        token
        for mail in mails
        if email in mail
        for token in re.findall(r"/claim/([\w-]+)", mail.replace("=\n", ""))
    ]
    return tokens[-1]


@pytest.mark.parametrize("kind", ["artist", "podcast"])
async def test_a_page_is_claimed_by_the_mailed_link_and_taken_away(
    client, services, label, bob, work, kind
):
    email = f"{new_id().hex}@example.com"
    made = await create(client, label.headers, kind=kind, invite_email=email)
    assert made.status_code == 201, made.text
    page = made.json()["data"]
    assert page["kind"] == kind
    assert (page["role"], page["placeholder"]) == ("manager", True)
    sent = await client.get(f"profiles/{page['id']}/claim", headers=label.owner.headers)
    assert sent.json()["data"]["email"] == email
    path = f"profile-claims/{await read_token(services, work, email)}"

    shown = await client.get(path)
    found = shown.json()["data"]
    assert (found["profile"]["id"], found["label"]["id"]) == (page["id"], str(label.id))
    assert email not in shown.text
    assert label.owner.username not in shown.text
    assert (await client.post(path)).status_code == 401

    taken = await client.post(path, headers=bob.headers)
    assert taken.status_code == 200, taken.text
    assert (taken.json()["data"]["role"], taken.json()["data"]["placeholder"]) == ("owner", False)
    assert page["id"] not in await roles(client, label.owner)
    assert (await roles(client, bob))[page["id"]] == ("owner", False)
    refused = await client.get("users/me/likes", headers=label.headers | acting(page))
    assert refused.json()["code"] == "not_your_profile"
    roster = await client.get(f"profiles/{label.id}/roster")
    entries = [(one["profile"]["id"], one["accepted"]) for one in roster.json()["data"]["entries"]]
    assert entries == [(page["id"], True)]
    # It works once.
    for answer in (await client.get(path), await client.post(path, headers=bob.headers)):
        assert (answer.status_code, answer.json()["code"]) == (404, "profile_claim_not_found")


def acting(page) -> dict[str, str]:
    return {"X-Veza-Profile": page["id"]}


async def test_a_link_is_replaced_revoked_and_expires(client, services, label, bob, work):
    email = f"{new_id().hex}@example.com"
    page = (await create(client, label.headers, invite_email=email)).json()["data"]
    first = await read_token(services, work, email)
    path = f"profiles/{page['id']}/claim"
    other = f"{new_id().hex}@example.com"
    again = await client.post(path, headers=label.headers, json={"email": other})
    assert (again.status_code, again.json()["data"]["email"]) == (200, other)
    assert (await client.get(f"profile-claims/{first}")).status_code == 404
    second = await read_token(services, work, other)
    assert (await client.get(f"profile-claims/{second}")).status_code == 200
    assert (await client.delete(path, headers=bob.headers)).status_code == 403
    assert (await client.delete(path, headers=label.owner.headers)).status_code == 200
    assert (await client.get(f"profile-claims/{second}")).status_code == 404
    # Nobody knows the address any more.
    nobody = await client.post(path, headers=label.owner.headers, json={})
    assert nobody.json()["code"] == "profile_claim_not_found"

    await client.post(path, headers=label.owner.headers, json={"email": email})
    third = await read_token(services, work, email)
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("update profile_claims set expires_at = now()")
    for answer in (
        await client.post(f"profile-claims/{third}", headers=bob.headers),
        await client.get(path, headers=label.owner.headers),
    ):
        assert answer.json()["code"] == "profile_claim_not_found"


async def test_only_a_label_makes_pages_to_claim(client, services, label, ann, bob):
    artist = await make.page(services, bob)
    for headers, fields, code in (
        (bob.headers, {}, "labels_only"),
        (artist.headers, {}, "labels_only"),
        (label.headers, {"kind": "label"}, "labels_only"),
        (label.headers_of(bob), {}, "not_your_profile"),
        (label.headers, {"invite_email": None}, "accounts_only"),
    ):
        refused = await create(client, headers, **fields)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    # Without a header it is the only label that the caller manages.
    assert (await create(client, ann.headers)).status_code == 201
    await make.page(services, ann, PageKind.LABEL)
    assert (await create(client, ann.headers)).json()["code"] == "labels_only"
    editor = await make.person(services)
    await make.role_in(services, label, editor, ProfileRole.EDITOR)
    assert (await create(client, label.headers_of(editor))).json()["code"] == "not_your_profile"


async def test_pages_to_claim_are_bounded_and_count_for_nobody(
    client, services, label, ann, monkeypatch
):
    monkeypatch.setattr(service, "MAX_PLACEHOLDERS", 2)
    codes = [(await create(client, label.headers)).json().get("code") for _ in range(3)]
    assert codes == [None, None, "too_many_placeholders"]
    async with services.database.read() as conn:
        assert await service.member_queries.count_owned(conn, ann.id) == 1


async def test_who_runs_the_label_runs_its_pages_and_nobody_else(client, services, label, count):
    manager, cashier = await make.person(services), await make.person(services)
    await make.role_in(services, label, manager, ProfileRole.MANAGER)
    await make.role_in(services, label, cashier, ProfileRole.FINANCE)
    page, _ = await make.placeholder(services, label)
    late = await make.person(services)
    await make.role_in(services, label, late, ProfileRole.EDITOR, is_shown=True)
    expected = [(label.owner, "manager"), (manager, "manager"), (cashier, None), (late, "editor")]
    for person, role in expected:
        assert (await roles(client, person)).get(str(page.id), (None,))[0] == role
    shown = await client.get(f"profiles/{page.id}/members")
    assert shown.json()["data"]["members"] == []

    place = f"profiles/{label.id}/members/{manager.id}"
    owner = label.owner.headers
    for role, there in (("editor", "editor"), ("finance", None), ("manager", "manager")):
        changed = await client.put(place, headers=owner, json={"role": role})
        assert changed.status_code == 200
        assert (await roles(client, manager)).get(str(page.id), (None,))[0] == there
    closed = "select count(*) from revisions where topic = 'profile_role' and subject = $1"
    before = await count(closed, f"{page.id}:{manager.id}")
    assert (await client.delete(place, headers=owner)).status_code == 200
    assert str(page.id) not in await roles(client, manager)
    # Their sockets as the page are closed, too.
    assert await count(closed, f"{page.id}:{manager.id}") == before + 1


async def test_the_money_and_the_members_of_such_a_page_are_not_the_labels(client, services, label):
    page, _ = await make.placeholder(services, label)
    guest = await make.person(services)
    owner = label.owner.headers
    for path in ("sell/balance", "sell/transfers"):
        refused = await client.get(path, headers=page.headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile")
    form = {"role": "editor", "username": guest.username}
    invited = await client.post(f"profiles/{page.id}/invitations", headers=owner, json=form)
    assert invited.json()["code"] == "placeholder_page"
    left = await client.delete(f"profiles/{page.id}/members/{label.owner.id}", headers=owner)
    assert left.json()["code"] == "placeholder_page"
    form = {"username": guest.username}
    handed = await client.post(f"profiles/{page.id}/transfer", headers=owner, json=form)
    assert handed.json()["code"] == "not_your_profile"


async def test_the_label_deletes_a_page_and_leaves_its_pages_to_its_owners(client, services, label):
    pages = [(await make.placeholder(services, label))[0] for _ in range(2)]
    manager = await make.person(services)
    await make.role_in(services, label, manager, ProfileRole.MANAGER)
    refused = await client.delete(f"profiles/{pages[0].id}", headers=manager.headers)
    assert refused.json()["code"] == "not_your_profile"
    gone = await client.delete(f"profiles/{pages[0].id}", headers=label.owner.headers)
    assert gone.status_code == 200, gone.text
    gone = await client.delete(f"profiles/{label.id}", headers=label.owner.headers)
    assert gone.status_code == 200, gone.text
    assert (await roles(client, label.owner))[str(pages[1].id)] == ("owner", False)
    assert (await roles(client, manager))[str(pages[1].id)] == ("manager", False)


async def test_a_claim_ends_the_stream_key_and_open_sockets(services, label, bob):
    page, token = await make.placeholder(services, label)
    await make.stream_key(services, page.as_owner)
    async with services.database.transaction(recorded=False) as tx:
        await service.claim(tx, PageSettings(0, for_creators=False), bob.member, token)
        count = "select count(*) from stream_keys where user_id = $1"
        assert await tx.value(int, count, page.id) == 1
        event = ProfileClaimed(page.id, UserId(label.id))
        await live_jobs.end_key(tx, event)
        assert await tx.value(int, count, page.id) == 0
        closed = "select count(*) from revisions where topic = 'profile_role' and subject = $1"
        assert await tx.value(int, closed, f"{page.id}:") == 1


async def test_an_erased_address_has_no_claim(services, label, bob):
    page, _ = await make.placeholder(services, label, email=f"{bob.username}@example.com")
    async with services.database.transaction(recorded=False) as tx:
        await service.queries.delete_of_address(tx, bob.id)
        assert await service.queries.find_claim(tx, page.id) is None


async def test_a_claim_and_a_new_member_of_the_label_meet_at_the_page(services, label, bob):
    page, token = await make.placeholder(services, label)
    settings = PageSettings(0, for_creators=False)

    async def claim(tx):
        await service.claim(tx, settings, bob.member, token)

    async def join(tx):
        role = ProfileRole.EDITOR
        await insert_member(tx, ProfileId(label.id), bob.id, role=role, is_shown=False)

    for change in (claim, join):
        await ensure_waits(services.database, change, "profiles", page.id)
