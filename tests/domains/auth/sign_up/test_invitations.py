"""Invitations: who may create them, how often one works, and who invited whom."""

import asyncio
from typing import Any

import httpx

from tests import make
from tests.domains.auth.accounts.people import registration
from tests.domains.auth.sign_up.settings_steps import Configure, SetMode
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.auth.sign_up import jobs


async def invite(client: httpx.AsyncClient, who: Person, **form: int) -> dict[str, Any]:
    answer = await client.post("auth/invitations", json=form, headers=who.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def join(client: httpx.AsyncClient, code: str | None) -> httpx.Response:
    return await client.post("auth/register", json=registration(invitation=code))


async def test_the_mode_decides_who_may_join(
    client: httpx.AsyncClient, set_mode: SetMode, moderator: Person
):
    state = (await client.get("auth/sign-up")).json()["data"]
    expected = {"mode": "open", "message_required": False, "invitation_required": False}
    assert state == expected | {"proof": None}
    # Where everybody may join, nothing else is looked at.
    assert (await join(client, "anything")).status_code == 201
    await set_mode("closed")
    refused = await join(client, None)
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_up_closed")
    answer = await client.put("admin/sign-up", json={"mode": "open"}, headers=moderator.headers)
    assert answer.status_code == 403
    policy = (await client.get("admin/sign-up", headers=moderator.headers)).json()["data"]
    assert (policy["mode"], policy["waiting_count"]) == ("closed", 0)
    await set_mode("invitation")
    for code, error in (
        (None, "invitation_required"),
        (" ", "invitation_required"),
        ("x" * 24, "invitation_refused"),
    ):
        refused = await join(client, code)
        assert (refused.status_code, refused.json()["code"]) == (403, error)


async def test_an_invitation_works_as_often_as_it_says_even_at_once(
    client: httpx.AsyncClient, set_mode: SetMode, moderator: Person, admin: Person
):
    await set_mode("invitation")
    invitation = await invite(client, moderator, max_uses=2, days=1)
    answers = await asyncio.gather(*(join(client, invitation["code"]) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 403, 403, 403]
    # A name that is taken uses nothing up.
    other = await invite(client, moderator)
    joined = next(answer for answer in answers if answer.status_code == 201).json()["data"]["user"]
    taken = registration(invitation=other["code"], username=joined["username"])
    assert (await client.post("auth/register", json=taken)).status_code == 409
    assert (await join(client, f" {other['code']} ")).status_code == 201

    own = (await client.get("auth/invitations", headers=moderator.headers)).json()["data"]
    assert [(each["uses"], each["max_uses"]) for each in own["invitations"]] == [(1, 1), (2, 2)]
    assert own["left"] is None
    every = (await client.get("admin/invitations", headers=admin.headers)).json()["data"]
    assert {each["username"] for each in every["invitations"]} == {moderator.username}
    path = f"admin/users/{joined['id']}/invitations"
    history = (await client.get(path, headers=admin.headers)).json()["data"]
    assert history["member"]["id"] == joined["id"]
    assert history["invited_by"]["id"] == str(moderator.id)
    path = f"admin/users/{moderator.id}/invitations"
    history = (await client.get(path, headers=admin.headers)).json()["data"]
    assert history["invited_by"] is None
    assert joined["id"] in {each["id"] for each in history["invited"]}


async def test_an_invitation_ends(
    client: httpx.AsyncClient, services: Services, set_mode: SetMode, admin: Person
):
    await set_mode("invitation")
    inviter = await make.person(services, Role.MODERATOR)
    expired, deleted, revoked, suspended = [await invite(client, inviter) for _ in range(4)]
    async with services.database.transaction(recorded=False) as tx:
        sql = "update invitations set expires_at = now() - interval '31 days' where id = $1"
        await tx.run(sql, expired["id"])
    path = f"auth/invitations/{deleted['id']}"
    others = await client.delete(path, headers=admin.headers)
    assert (others.status_code, others.json()["code"]) == (404, "invitation_not_found")
    assert (await client.delete(path, headers=inviter.headers)).status_code == 200
    path = f"admin/invitations/{revoked['id']}"
    assert (await client.delete(path, headers=admin.headers)).status_code == 200
    await make.suspended(services, inviter)
    for invitation in (expired, deleted, revoked, suspended):
        assert (await join(client, invitation["code"])).json()["code"] == "invitation_refused"
    await jobs.sweep_invitations(services.database)
    async with services.database.read() as conn:
        sql = "select count(*) from invitations where created_by = $1"
        assert await conn.value(int, sql, inviter.id) == 1


async def test_members_invite_where_the_server_lets_them_and_within_a_bound(
    client: httpx.AsyncClient, services: Services, set_mode: SetMode, configure: Configure
):
    await set_mode("invitation")
    member = await make.person(services)
    answer = await client.post("auth/invitations", json={}, headers=member.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "may_not_invite")
    configure(member_invitations=2)
    answer = await client.post("auth/invitations", json={"max_uses": 2}, headers=member.headers)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "max_uses")
    invitations = [
        client.post("auth/invitations", json={}, headers=member.headers) for _ in range(4)
    ]
    answers = await asyncio.gather(*invitations)
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409]
    first, second = [each.json()["data"] for each in answers if each.status_code == 201]
    assert (await join(client, first["code"])).status_code == 201
    for invitation in (first, second):
        path = f"auth/invitations/{invitation['id']}"
        assert (await client.delete(path, headers=member.headers)).status_code == 200
    # The one that brought somebody still counts.
    own = (await client.get("auth/invitations", headers=member.headers)).json()["data"]
    assert own == {"invitations": [], "next_cursor": None, "has_more": False, "left": 1}
