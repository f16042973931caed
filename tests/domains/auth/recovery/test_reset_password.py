"""Resetting a password: what it does, how long a link works, and for whom."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    is_signed_in,
    open_client,
    refresh,
    registration,
    sign_in,
    sign_up,
)
from tests.domains.auth.recovery.mails import (
    NEXT,
    request_reset,
    reset,
    reset_tokens,
    subjects,
    verification_tokens,
    verify,
)
from tests.http.apps import assemble
from veza.app.services import Services
from veza.domains.auth.recovery.rules import hash_token
from veza.infra.security.passwords import Passwords

type Work = Callable[[], Awaitable[None]]


@pytest.fixture
async def someone(client: httpx.AsyncClient) -> dict[str, Any]:
    return await sign_up(client)


async def _get_token(client: httpx.AsyncClient, services: Services, work: Work, email: str) -> str:
    assert (await request_reset(client, email)).status_code == 200
    await work()
    return reset_tokens(services, email)[-1]


async def test_a_forgotten_password_is_reset_by_mail(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    token = await _get_token(client, services, work, someone["email"])
    answer = await reset(client, token)

    assert answer.status_code == 200
    assert NEXT not in answer.text
    assert (await sign_in(client, someone["email"], NEXT)).status_code == 200
    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 401


async def test_a_reset_ends_all_sessions(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    other = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
    token = await _get_token(client, services, work, someone["email"])
    assert await is_signed_in(client, someone["access_token"])
    await reset(client, token)

    for pair in (someone, other):
        assert not await is_signed_in(client, pair["access_token"])
        assert (await refresh(client, pair["refresh_token"])).status_code == 401


class HeldUp(Passwords):
    """Real hashing, whose verdicts come late."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self.verified, self.go_on = asyncio.Event(), asyncio.Event()

    async def verify(self, stored: str | None, password: str) -> bool:
        fits = await super().verify(stored, password)
        self.verified.set()
        await self.go_on.wait()
        return fits


async def test_a_concurrent_login_with_the_old_password_opens_no_session(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    token = await _get_token(client, services, work, someone["email"])
    slow = HeldUp()
    context = msgspec.structs.replace(services.login_context, passwords=slow)
    app = assemble(msgspec.structs.replace(services, login_context=context))[0]
    async with open_client(services, app) as elsewhere:
        login = asyncio.create_task(sign_in(elsewhere, someone["email"], PASSWORD))
        await slow.verified.wait()
        assert (await reset(client, token)).status_code == 200
        slow.go_on.set()
        answer = await login
    slow.close()

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


async def test_a_reset_clears_the_cookies_of_the_browser(
    browser: httpx.AsyncClient, services: Services, work: Work
) -> None:
    someone = await sign_up(browser)
    token = await _get_token(browser, services, work, someone["email"])
    assert set(browser.cookies) == {"veza_access", "veza_refresh", "veza_device"}
    device = browser.cookies["veza_device"]

    assert (await reset(browser, token)).status_code == 200
    assert set(browser.cookies) == {"veza_device"}
    assert browser.cookies["veza_device"] != device


async def test_a_reset_is_notified_by_mail(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    await reset(client, await _get_token(client, services, work, someone["email"]))
    await work()

    assert subjects(services, someone["email"])[-1] == "Your password was changed"


async def test_a_reset_verifies_the_address(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    await reset(client, await _get_token(client, services, work, someone["email"]))
    again = (await sign_in(client, someone["email"], NEXT)).json()["data"]
    me = await client.get("users/me", headers=bearer(again["access_token"]))

    assert me.json()["data"]["email_verified"] is True


async def _make_key(client: httpx.AsyncClient, someone: dict[str, Any]) -> str:
    form = {"name": "studio", "scopes": ["read"]}
    headers = bearer(someone["access_token"])
    answer = await client.post("developer/api-keys", json=form, headers=headers)
    return answer.json()["data"]["key"]


async def _opens(client: httpx.AsyncClient, key: str) -> bool:
    answer = await client.get("users/me", headers={"X-API-Key": key})
    return answer.status_code == 200


@pytest.mark.long
async def test_keys_survive_a_reset_if_the_address_was_verified(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    await work()
    await verify(client, verification_tokens(services, someone["email"])[-1])
    key = await _make_key(client, someone)
    await reset(client, await _get_token(client, services, work, someone["email"]))

    assert await _opens(client, key)


@pytest.mark.long
async def test_keys_are_revoked_by_a_reset_on_request(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    other = await sign_up(client)
    await work()
    await verify(client, verification_tokens(services, someone["email"])[-1])
    key, others = await _make_key(client, someone), await _make_key(client, other)
    token = await _get_token(client, services, work, someone["email"])
    body = {"token": token, "new_password": NEXT, "revoke_api_keys": True}
    assert (await client.post("auth/password/reset", json=body)).status_code == 200

    assert not await _opens(client, key)
    assert await _opens(client, others)


async def test_keys_are_revoked_by_a_reset_if_the_address_was_not_verified(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    key = await _make_key(client, someone)
    assert await _opens(client, key)
    await reset(client, await _get_token(client, services, work, someone["email"]))

    assert not await _opens(client, key)


async def test_a_link_works_once(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    token = await _get_token(client, services, work, someone["email"])
    assert (await reset(client, token)).status_code == 200

    await _ensure_invalid(await reset(client, token, "a third long sentence"))
    assert (await sign_in(client, someone["email"], NEXT)).status_code == 200


async def test_of_fifty_concurrent_uses_one_succeeds(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    token = await _get_token(client, services, work, someone["email"])
    passwords = [f"sentence number {n}" for n in range(50)]
    answers = await asyncio.gather(*(reset(client, token, password) for password in passwords))

    winners = [p for p, answer in zip(passwords, answers, strict=True) if answer.is_success]
    assert len(winners) == 1
    for answer in answers:
        if not answer.is_success:
            await _ensure_invalid(answer)
    assert (await sign_in(client, someone["email"], winners[0])).status_code == 200


async def test_a_newer_link_replaces_the_older(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    older = await _get_token(client, services, work, someone["email"])
    newer = await _get_token(client, services, work, someone["email"])

    assert older != newer
    await _ensure_invalid(await reset(client, older))
    assert (await reset(client, newer)).status_code == 200


async def test_a_link_lives_an_hour(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    token = await _get_token(client, services, work, someone["email"])
    async with services.database.transaction() as tx:
        sql = """
            update email_tokens
               set created_at = created_at - $2::interval, expires_at = expires_at - $2::interval
             where token_hash = $1
         returning extract(epoch from expires_at - created_at)::int
        """
        assert await tx.value(int, sql, hash_token(token), timedelta(hours=1)) == 3600

    await _ensure_invalid(await reset(client, token))


@pytest.mark.parametrize(
    "token", ["", "x", "x" * 43, "x" * 200, "\0", "' or true --", "ünï🎵", "%00"]
)
async def test_a_link_that_nobody_sent_is_invalid(client: httpx.AsyncClient, token: str) -> None:
    await _ensure_invalid(await reset(client, token))


async def test_a_link_of_another_purpose_is_invalid(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    reset_token = await _get_token(client, services, work, someone["email"])
    (verification_token,) = verification_tokens(services, someone["email"])

    await _ensure_invalid(await reset(client, verification_token))
    await _ensure_invalid(await verify(client, reset_token))
    assert (await verify(client, verification_token)).status_code == 200
    assert (await reset(client, reset_token)).status_code == 200


@pytest.mark.parametrize("body", [{}, {"token": "x"}, {"token": 1, "new_password": NEXT}, [], None])
async def test_an_invalid_reset_request_is_400(client: httpx.AsyncClient, body: Any) -> None:
    assert (await client.post("auth/password/reset", json=body)).status_code == 400


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "invalid_input"),
        ("x" * 129, "invalid_input"),
        ("password", "weak_password"),
        ("my {username} x", "weak_password"),
    ],
)
async def test_a_weak_password_is_refused_and_leaves_the_link_valid(
    client: httpx.AsyncClient,
    services: Services,
    work: Work,
    someone: dict[str, Any],
    password: str,
    code: str,
) -> None:
    token = await _get_token(client, services, work, someone["email"])
    answer = await reset(client, token, password.format(username=someone["username"]))

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert [fault["field"] for fault in answer.json()["details"]] == ["new_password"]
    assert (await reset(client, token)).status_code == 200


async def test_a_bad_access_token_does_not_prevent_a_reset(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    token = await _get_token(client, services, work, someone["email"])
    headers = bearer("nonsense")
    body = {"token": token, "new_password": NEXT}

    asked = await client.post(
        "auth/password/forgot", json={"email": registration()["email"]}, headers=headers
    )
    done = await client.post("auth/password/reset", json=body, headers=headers)
    assert (asked.status_code, done.status_code) == (200, 200)


async def test_a_link_is_invalid_after_a_change_of_the_address(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    token = await _get_token(client, services, work, someone["email"])
    change = {"email": registration()["email"], "current_password": PASSWORD}
    headers = bearer(someone["access_token"])
    assert (await client.put("users/me", json=change, headers=headers)).status_code == 200

    await _ensure_invalid(await reset(client, token))
    assert (await sign_in(client, change["email"], PASSWORD)).status_code == 200


@pytest.mark.long
async def test_a_password_change_disables_the_link_and_is_notified(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    token = await _get_token(client, services, work, someone["email"])
    change = {"current_password": PASSWORD, "new_password": "a third long sentence"}
    headers = bearer(someone["access_token"])
    assert (await client.put("users/me/password", json=change, headers=headers)).status_code == 200
    await work()

    await _ensure_invalid(await reset(client, token))
    assert subjects(services, someone["email"])[-1] == "Your password was changed"


async def test_erasing_the_account_deletes_the_link(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    token = await _get_token(client, services, work, someone["email"])
    async with services.database.transaction() as tx:
        await tx.run("delete from users where id = $1", UUID(someone["user"]["id"]))

    await _ensure_invalid(await reset(client, token))


async def _ensure_invalid(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_link"), answer.text
