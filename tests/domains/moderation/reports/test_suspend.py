"""Suspending and lifting suspensions over HTTP, in all processes."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests import make
from tests.domains.auth.accounts.people import is_signed_in, open_client
from tests.http.apps import assemble
from tests.infra.waiting import until
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import new_id


async def suspend(client, admin, person, reason="Enough."):
    path = f"admin/users/{person.id}/suspend"
    return await client.post(path, headers=admin.headers, json={"reason": reason})


async def unban(client, admin, person, **body):
    path = f"admin/users/{person.id}/unban"
    return await client.post(path, headers=admin.headers, json=body or None)


async def history(client, admin, person):
    path = f"admin/users/{person.id}/sanctions"
    sanctions = (await client.get(path, headers=admin.headers)).json()["data"]["sanctions"]
    return [(one["action"], one["reason"], one["decided_by"]["id"]) for one in sanctions]


async def test_suspending_and_lifting_are_recorded(client, services, admin, author, track_id):
    answer = await suspend(client, admin, author, " Enough. ")

    assert answer.status_code == 200, answer.text
    user = answer.json()["data"]
    assert (user["id"], user["suspension_reason"]) == (str(author.id), "Enough.")
    assert user["suspended_at"].endswith("Z")
    assert not await is_signed_in(client, author.token)
    assert (await client.get(f"tracks/{track_id}")).status_code == 404

    back = await unban(client, admin, author, reason="A mistake of ours.")
    assert back.status_code == 200, back.text
    assert (back.json()["data"]["suspended_at"], back.json()["data"]["suspension_reason"]) == (
        None,
        None,
    )
    assert (await client.get(f"tracks/{track_id}")).status_code == 200
    assert await history(client, admin, author) == [
        ("unban", "A mistake of ours.", str(admin.id)),
        ("ban", "Enough.", str(admin.id)),
    ]
    told = [(n.kind, n.reason) for n in await make.told(services, author)]
    assert told == [("unbanned", "A mistake of ours."), ("banned", "Enough.")]


@pytest.mark.parametrize("body", [None, {}, {"reason": None}, {"reason": "   "}])
async def test_lifting_requires_no_reason(client, admin, author, body):
    await suspend(client, admin, author)
    path = f"admin/users/{author.id}/unban"

    answer = await client.post(path, headers=admin.headers, json=body)

    assert answer.status_code == 200, answer.text
    assert (await history(client, admin, author))[0] == ("unban", None, str(admin.id))


async def test_suspending_or_lifting_twice_is_a_conflict(client, admin, author):
    answer = await unban(client, admin, author)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_suspended")
    await suspend(client, admin, author)

    answer = await suspend(client, admin, author, "Another reason.")

    assert (answer.status_code, answer.json()["code"]) == (409, "already_suspended")
    assert len(await history(client, admin, author)) == 1


async def test_concurrent_requests_suspend_once(client, admin, author):
    answers = await asyncio.gather(*(suspend(client, admin, author) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4
    assert len(await history(client, admin, author)) == 1


async def test_an_unknown_member_cannot_be_suspended(client, admin):
    for path in (f"admin/users/{new_id()}/suspend", f"admin/users/{new_id()}/unban"):
        answer = await client.post(path, headers=admin.headers, json={"reason": "Why not?"})
        assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")
    answer = await client.get(f"admin/users/{new_id()}/sanctions", headers=admin.headers)
    assert answer.status_code == 404


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " \n"}, {"reason": "x" * 1001}])
async def test_a_suspension_needs_a_reason(client, admin, author, body):
    path = f"admin/users/{author.id}/suspend"
    answer = await client.post(path, headers=admin.headers, json=body)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == "reason"
    assert await is_signed_in(client, author.token)


@pytest.mark.parametrize("role", [Role.USER, Role.CREATOR, Role.MODERATOR])
async def test_only_admins_suspend_and_lift_suspensions(client, services, author, role):
    person = await make.person(services, role)

    for answer in (await suspend(client, person, author), await unban(client, person, author)):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
    assert await is_signed_in(client, author.token)


@pytest.fixture
async def elsewhere(
    settings: Settings, services: Services, request: pytest.FixtureRequest
) -> AsyncIterator[Services]:
    """Another process of the same server."""
    changed = msgspec.structs.replace(settings, **request.param)
    async with open_services(changed) as other:
        yield other


@pytest.mark.parametrize(
    "elsewhere",
    [{}, {"valkey_url": "unix:///nowhere/valkey.sock"}],
    ids=["with Valkey", "without Valkey"],
    indirect=True,
)
async def test_a_suspension_takes_effect_in_all_processes(
    elsewhere, report, judge, admin, reporter, author, track_id
):
    made = (await report(reporter, "track", track_id)).json()["data"]["id"]
    async with open_client(elsewhere, assemble(elsewhere)[0]) as there:
        assert await is_signed_in(there, author.token)
        assert (await there.get(f"tracks/{track_id}")).status_code == 200

        await judge(admin, made, "ban")

        assert (await there.get(f"tracks/{track_id}")).status_code == 404

        async def is_out():
            return not await is_signed_in(there, author.token)

        # Half a second by polling alone; the rest is patience with a busy machine.
        await until(is_out)
