"""Suspended members: signed out at once, hidden from others, and restored."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests import make
from tests.domains.auth.accounts.people import PASSWORD, is_signed_in, refresh, sign_in, sign_up
from tests.support.waiting import until_somebody_waits
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import UserId, new_id
from veza.domains.auth.accounts import logins
from veza.domains.auth.accounts.errors import AccountSuspended, LastAdmin, UserNotFound
from veza.domains.auth.accounts.models import LoginForm
from veza.domains.auth.accounts.service import member_accounts, suspensions
from veza.domains.auth.sessions.errors import InvalidRefreshToken
from veza.domains.auth.sessions.models import Device
from veza.infra.postgres.database import Tx

REASON = "Sold what others made."


def _id(someone: dict[str, Any]) -> UserId:
    return UserId(UUID(someone["user"]["id"]))


async def _suspend(services: Services, someone: dict[str, Any]) -> bool:
    async with services.database.transaction() as tx:
        return await suspensions.suspend(tx, _id(someone), REASON)


async def _unsuspend(services: Services, someone: dict[str, Any]) -> bool:
    async with services.database.transaction() as tx:
        return await suspensions.lift_suspension(tx, _id(someone))


async def test_a_suspended_member_is_signed_out(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    elsewhere = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]

    assert await _suspend(services, someone)

    for pair in (someone, elsewhere):
        assert not await is_signed_in(client, pair["access_token"])
        answer = await refresh(client, pair["refresh_token"])
        assert (answer.status_code, answer.json()["code"]) == (403, AccountSuspended.code)
        assert REASON in answer.json()["error"]


async def test_a_session_that_had_ended_before_is_told_nothing_of_a_suspension(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    used = someone["refresh_token"]
    renewed = (await refresh(client, used)).json()["data"]
    await client.post("auth/logout", json={"refresh_token": renewed["refresh_token"]})
    await _suspend(services, someone)

    for token in (used, renewed["refresh_token"]):
        answer = await refresh(client, token)
        assert (answer.status_code, answer.json()["code"]) == (401, InvalidRefreshToken.code)


async def test_a_used_token_is_told_nothing_of_a_suspension(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    await refresh(client, someone["refresh_token"])
    await _suspend(services, someone)

    answer = await refresh(client, someone["refresh_token"])

    assert (answer.status_code, answer.json()["code"]) == (401, InvalidRefreshToken.code)


async def test_the_reason_of_a_suspension_is_told_only_after_the_password(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    await _suspend(services, someone)

    wrong = await sign_in(client, someone["email"], "something else entirely")
    right = await sign_in(client, someone["email"], PASSWORD)

    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
    assert (right.status_code, right.json()["code"]) == (403, "account_suspended")
    assert REASON in right.json()["error"]
    assert "set-cookie" not in right.headers


async def test_a_login_to_a_suspended_account_is_not_a_failed_login(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    await _suspend(services, someone)

    answers = [await sign_in(client, someone["email"], PASSWORD) for _ in range(12)]

    assert {answer.status_code for answer in answers} == {403}


async def test_a_suspended_member_has_no_profile_and_keeps_the_name(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    name = someone["username"]
    await _suspend(services, someone)

    for path in (f"users/{name}", f"users/{name.upper()}", f"users/{name}/tracks"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found"), path
    taken = await client.post(
        "auth/register",
        json={"username": name, "email": f"other-{name}@example.com", "password": PASSWORD},
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "username_taken")


async def test_lifting_a_suspension_restores_everything(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    await _suspend(services, someone)

    assert await _unsuspend(services, someone)

    assert (await client.get(f"users/{someone['username']}")).status_code == 200
    assert not await is_signed_in(client, someone["access_token"]), "Ended sessions stay ended."
    again = await sign_in(client, someone["email"], PASSWORD)
    assert again.status_code == 200
    assert await is_signed_in(client, again.json()["data"]["access_token"])


async def test_suspending_twice_keeps_the_first_reason_and_lifting_twice_does_nothing(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    assert await _suspend(services, someone)
    async with services.database.transaction() as tx:
        assert not await suspensions.suspend(tx, _id(someone), "Something else")
        assert (await member_accounts.get_admin_user(tx, _id(someone))).suspension_reason == REASON

    assert await _unsuspend(services, someone)
    assert not await _unsuspend(services, someone)


async def test_an_unknown_member_cannot_be_suspended(tx: Tx) -> None:
    nobody = UserId(new_id())
    with pytest.raises(UserNotFound):
        await suspensions.suspend(tx, nobody, REASON)
    with pytest.raises(UserNotFound):
        await suspensions.lift_suspension(tx, nobody)


async def test_a_suspension_and_its_end_are_announced_once(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    for _ in range(2):
        await suspensions.suspend(tx, member.id, REASON)
    for _ in range(2):
        await suspensions.lift_suspension(tx, member.id)

    sql = "select name from outbox where payload->>'user_id' = $1 order by id"
    assert await tx.column(str, sql, str(member.id)) == ["UserSuspended", "UserUnsuspended"]


async def test_a_login_during_a_suspension_opens_no_session(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    given, device = LoginForm(someone["email"], PASSWORD), Device("test", "127.0.0.1")

    async with services.database.transaction() as tx:
        await suspensions.suspend(tx, _id(someone), REASON)
        signing_in = asyncio.create_task(
            logins.login(services.database, services.login_context, device, given)
        )
        await until_somebody_waits(services.database)
    with pytest.raises(AccountSuspended):
        await signing_in


async def test_concurrent_logins_during_a_suspension_all_end(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    *answers, _ = await asyncio.gather(
        *(sign_in(client, someone["email"], PASSWORD) for _ in range(4)),
        _suspend(services, someone),
    )

    for answer in answers:
        assert answer.status_code in {200, 403}
        if answer.status_code == 200:
            assert not await is_signed_in(client, answer.json()["data"]["access_token"])


async def test_a_refresh_during_a_suspension_is_refused(
    client: httpx.AsyncClient, services: Services
) -> None:
    for _ in range(5):
        someone = await sign_up(client)
        answer, _ = await asyncio.gather(
            refresh(client, someone["refresh_token"]), _suspend(services, someone)
        )
        if answer.status_code == 200:
            pair = answer.json()["data"]
            assert not await is_signed_in(client, pair["access_token"])
            assert (await refresh(client, pair["refresh_token"])).status_code == 403


async def _make_only_admins(tx: Tx, count: int) -> list[UserId]:
    """Make so many admins, beside whom there is no other."""
    await tx.run("update users set role = 'user' where role = 'admin'")
    return [(await make.member_in(tx, Role.ADMIN))[0].id for _ in range(count)]


async def test_the_last_admin_keeps_role_and_access(tx: Tx) -> None:
    first, last = await _make_only_admins(tx, 2)
    await suspensions.suspend(tx, first, REASON)

    with pytest.raises(LastAdmin):
        await suspensions.suspend(tx, last, REASON)
    with pytest.raises(LastAdmin):
        await member_accounts.set_role(tx, last, Role.MODERATOR)
    await member_accounts.set_role(tx, last, Role.ADMIN)
    await member_accounts.set_role(tx, first, Role.USER)
    assert (await member_accounts.get_admin_user(tx, last)).role is Role.ADMIN


async def test_two_admins_who_demote_each_other_at_once_leave_one(services: Services) -> None:
    database = services.database
    async with database.transaction() as tx:
        others = await tx.column(UUID, "select id from users where role = 'admin'")
        pair = await _make_only_admins(tx, 2)

    async def lower(user_id: UserId) -> None:
        async with database.transaction() as tx:
            await member_accounts.set_role(tx, user_id, Role.USER)

    try:
        results = await asyncio.gather(*map(lower, pair), return_exceptions=True)
        assert [type(result) for result in results if result is not None] == [LastAdmin]
    finally:
        async with database.transaction() as tx:
            await tx.run("update users set role = 'admin' where id = any($1)", others)
