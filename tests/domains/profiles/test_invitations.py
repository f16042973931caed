"""Invitations to run a page: by name or by mail, accepted by who is meant, and bounded."""

import pytest

from tests import make
from tests.make import Page
from veza.core.ids import new_id
from veza.core.profiles import ProfileRole
from veza.domains.profiles.service import invitations as service


@pytest.fixture
async def page(services, ann) -> Page:
    return await make.page(services, ann, display_name="Nova")


async def invite(client, page, headers=None, **form):
    path = f"profiles/{page.id}/invitations"
    return await client.post(
        path, headers=headers or page.owner.headers, json={"role": "editor"} | form
    )


async def answer(client, person, invitation_id, word="accept"):
    return await client.post(f"profile-invitations/{invitation_id}/{word}", headers=person.headers)


async def received(client, person):
    found = await client.get("users/me/profile-invitations", headers=person.headers)
    return found.json()["data"]["invitations"]


async def test_a_member_accepts_and_has_the_role(client, page, bob):
    made = await invite(client, page, username=bob.username.upper())
    assert made.status_code == 201, made.text
    (found,) = await received(client, bob)
    assert (found["id"], found["role"]) == (made.json()["data"]["id"], "editor")
    assert found["profile"]["display_name"] == "Nova"
    assert page.owner.username not in str(found)

    assert (await answer(client, page.owner, found["id"])).status_code == 404
    accepted = await answer(client, bob, found["id"])
    assert accepted.json()["data"]["role"] == "editor"
    assert (await answer(client, bob, found["id"])).status_code == 404
    again = await invite(client, page, username=bob.username)
    assert (again.status_code, again.json()["code"]) == (409, "already_profile_member")


async def test_an_invitation_is_declined_withdrawn_and_replaced(client, page, bob):
    first = (await invite(client, page, username=bob.username)).json()["data"]["id"]
    second = (await invite(client, page, username=bob.username)).json()["data"]["id"]
    assert [each["id"] for each in await received(client, bob)] == [second]
    assert (await answer(client, bob, first)).status_code == 404
    assert (await answer(client, bob, second, "decline")).status_code == 200
    assert await received(client, bob) == []

    third = (await invite(client, page, username=bob.username)).json()["data"]["id"]
    path = f"profiles/{page.id}/invitations"
    listed = await client.get(path, headers=page.headers)
    assert [each["id"] for each in listed.json()["data"]["invitations"]] == [third]
    assert (await client.delete(f"{path}/{third}", headers=page.headers)).status_code == 200
    assert (await answer(client, bob, third)).status_code == 404


async def test_an_address_without_an_account_is_invited_by_mail(client, services, page, work):
    name = f"n{new_id().hex[-20:]}"
    made = await invite(client, page, email=f"{name}@example.com")
    await work()
    mails = [each.read_text() for each in (services.settings.data_dir / "mail").iterdir()]
    (mail,) = [each for each in mails if f"{name}@example.com" in each]
    assert made.json()["data"]["id"] in mail.replace("=\n", "")
    assert page.owner.username not in mail

    guest = await make.person(services, username=name)
    # Anybody could register with the address: until it is verified, only the mail tells.
    assert await received(client, guest) == []
    assert (await answer(client, guest, made.json()["data"]["id"])).status_code == 200
    stranger = await make.person(services)
    other = await invite(client, page, email=f"x{name}@example.com")
    assert (await answer(client, stranger, other.json()["data"]["id"])).status_code == 404


async def test_only_who_manages_invites_and_gives_what_they_have(client, services, page, bob):
    guest = await make.person(services)
    for role, wanted, status in (
        (ProfileRole.EDITOR, "editor", 403),
        (ProfileRole.MANAGER, "finance", 403),
        (ProfileRole.MANAGER, "editor", 201),
    ):
        async with services.database.transaction(recorded=False) as tx:
            await tx.run("delete from profile_members where user_id = $1", bob.id)
        await make.role_in(services, page, bob, role)
        made = await invite(client, page, bob.headers, username=guest.username, role=wanted)
        assert made.status_code == status, (role, wanted)
    assert len(await received(client, guest)) == 1
    # The invitation ends with the role of who sent it.
    path = f"profiles/{page.id}/members/{bob.id}"
    changed = await client.put(path, headers=page.owner.headers, json={"role": "editor"})
    assert changed.status_code == 200
    assert await received(client, guest) == []


async def test_bad_invitations_are_refused(client, page, ann, bob, services):
    for form, code in (
        ({}, "invalid_input"),
        ({"username": bob.username, "email": "b@example.com"}, "invalid_input"),
        ({"username": "nobody-at-all"}, "user_not_found"),
        ({"username": page.handle}, "user_not_found"),
        ({"username": ann.username}, "already_profile_member"),
    ):
        assert (await invite(client, page, **form)).json()["code"] == code, form
    personal = {"role": "editor", "username": bob.username}
    path = f"profiles/{ann.id}/invitations"
    refused = await client.post(path, headers=ann.headers, json=personal)
    assert refused.json()["code"] == "personal_profile"
    await client.post(f"users/{page.id}/block", headers=bob.headers)
    assert (await invite(client, page, username=bob.username)).json()["code"] == "user_not_found"


async def test_invitations_are_bounded(client, page, monkeypatch):
    monkeypatch.setattr(service, "MAX_OPEN", 1)
    monkeypatch.setattr(service, "MAX_MAILS", 3)
    codes = [
        (await invite(client, page, email=f"{new_id()}@example.com")).json().get("code")
        for _ in range(4)
    ]
    many = "too_many_profile_invitations"
    assert codes == [None, many, many, "invitations_limited"]


async def test_an_expired_invitation_is_none(client, services, page, bob):
    made = await invite(client, page, username=bob.username)
    async with services.database.transaction(recorded=False) as tx:
        sql = "update profile_invitations set expires_at = now() where id = $1::text::uuid"
        await tx.run(sql, made.json()["data"]["id"])
    assert await received(client, bob) == []
    assert (await answer(client, bob, made.json()["data"]["id"])).status_code == 404


async def test_a_page_is_handed_over_whole(client, page, ann, bob):
    path = f"profiles/{page.id}/transfer"
    own = await client.post(path, headers=ann.headers, json={"username": ann.username})
    assert own.json()["code"] == "own_transfer"
    moved = await client.post(path, headers=page.headers, json={"username": bob.username})
    assert moved.status_code == 200, moved.text
    refused = await client.get("users/me/likes", headers=page.headers)
    assert refused.json()["code"] == "not_your_profile"
    own = (await client.get("users/me/profiles", headers=bob.headers)).json()["data"]["profiles"]
    assert [(each["id"], each["role"]) for each in own[1:]] == [(str(page.id), "owner")]
    again = await client.post(path, headers=ann.headers, json={"username": bob.username})
    assert again.status_code == 403


async def test_handing_over_needs_a_recent_proof(client, services, page, bob):
    async with services.database.transaction(recorded=False) as tx:
        sql = "update sessions set proved_at = now() - interval '1 hour' where user_id = $1"
        await tx.run(sql, page.owner.id)
    path = f"profiles/{page.id}/transfer"
    for headers in (page.owner.headers, page.headers):
        refused = await client.post(path, headers=headers, json={"username": bob.username})
        assert (refused.status_code, refused.json()["code"]) == (403, "step_up_needed")
