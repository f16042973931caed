"""Signing in with a second factor: the challenge, its bounds, and what works once."""

import asyncio
from typing import Any

import httpx
from litestar import Litestar

from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    is_signed_in,
    open_client,
    refresh,
    sign_in,
    sign_up,
)
from tests.domains.auth.factors.steps import current_code, enrol, let_code_pass
from veza.app.services import Services

FACTOR = "auth/login/factor"


async def _challenge(client: httpx.AsyncClient, someone: dict[str, Any]) -> str:
    answer = await sign_in(client, someone["email"], PASSWORD)
    assert answer.status_code == 202, answer.text
    return answer.json()["data"]["challenge"]


async def test_a_code_completes_a_login_once(client: httpx.AsyncClient, services: Services) -> None:
    someone = await sign_up(client)
    user_id = someone["user"]["id"]
    secret, recovery = await enrol(client, services, bearer(someone["access_token"]), user_id)
    assert len(set(recovery)) == 10

    answer = await sign_in(client, someone["email"], PASSWORD)
    opened = answer.json()["data"]
    assert set(opened) == {"challenge", "methods", "expires_in"}
    assert opened["methods"] == {"code": True, "recovery_code": True, "passkey": False}
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"

    right = {"challenge": opened["challenge"], "code": current_code(secret)}
    signed_in = await client.post(FACTOR, json=right)
    assert signed_in.status_code == 200, signed_in.text
    data = signed_in.json()["data"]
    assert data["user"] == someone["user"]
    assert await is_signed_in(client, data["access_token"])
    # Neither the challenge nor the code works again.
    assert (await client.post(FACTOR, json=right)).json()["code"] == "challenge_over"
    again = right | {"challenge": await _challenge(client, someone)}
    assert (await client.post(FACTOR, json=again)).json()["code"] == "factor_refused"

    # A recovery code is used up, however it is typed.
    given = again | {"code": None, "recovery_code": f" {recovery[3].upper().replace('-', ' ')} "}
    signed_in = await client.post(FACTOR, json=given)
    assert signed_in.status_code == 200
    data = signed_in.json()["data"]
    spent = given | {"challenge": await _challenge(client, someone)}
    assert (await client.post(FACTOR, json=spent)).json()["code"] == "factor_refused"
    shown = await client.get("users/me/factors", headers=bearer(data["access_token"]))
    assert shown.json()["data"]["recovery_codes_left"] == 9
    assert secret not in shown.text


async def test_a_challenge_names_a_recovery_code_while_one_is_left(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    user_id = someone["user"]["id"]
    await enrol(client, services, bearer(someone["access_token"]), user_id)
    for left in (1, 0):
        async with services.database.transaction(recorded=False) as tx:
            sql = """
                update recovery_codes set used_at = now()
                 where user_id = $1 and code_hash in (select code_hash from recovery_codes
                                                       where user_id = $1 offset $2)
            """
            await tx.run(sql, user_id, left)
        opened = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
        assert opened["methods"]["recovery_code"] == bool(left)


async def test_a_code_sent_twice_at_once_signs_in_once(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    user_id = someone["user"]["id"]
    secret, _ = await enrol(client, services, bearer(someone["access_token"]), user_id)
    challenges = [await _challenge(client, someone) for _ in range(4)]
    code = current_code(secret)
    answers = await asyncio.gather(
        *(client.post(FACTOR, json={"challenge": each, "code": code}) for each in challenges)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_a_challenge_has_five_tries_and_a_member_ten(
    client: httpx.AsyncClient, app: Litestar, services: Services
) -> None:
    someone = await sign_up(client)
    user_id = someone["user"]["id"]
    secret, _ = await enrol(client, services, bearer(someone["access_token"]), user_id)
    for nth in range(2):
        challenge = await _challenge(client, someone)
        for _ in range(5):
            wrong = await client.post(FACTOR, json={"challenge": challenge, "code": "none"})
            assert wrong.json()["code"] == "factor_refused"
        if nth == 0:
            right = {"challenge": challenge, "code": current_code(secret)}
            assert (await client.post(FACTOR, json=right)).json()["code"] == "challenge_over"
    async with open_client(services, app) as elsewhere:
        right = {"challenge": await _challenge(elsewhere, someone), "code": current_code(secret)}
        answer = await elsewhere.post(FACTOR, json=right)
    assert answer.json()["code"] == "too_many_factor_tries"
    assert int(answer.headers["retry-after"]) > 0


async def test_a_challenge_ends_with_time_another_password_and_suspension(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    user_id, headers = someone["user"]["id"], bearer(someone["access_token"])
    secret, _ = await enrol(client, services, headers, user_id)

    async def outcome(challenge: str) -> str:
        await let_code_pass(services, user_id)
        given = {"challenge": challenge, "code": current_code(secret)}
        answer = await client.post(FACTOR, json=given)
        return "" if answer.is_success else answer.json()["code"]

    old = await _challenge(client, someone)
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("update login_challenges set expires_at = now() where user_id = $1", user_id)
    assert await outcome(old) == "challenge_over"
    for forged in ("", "x", "\0", old + "x"):
        assert await outcome(forged) == "challenge_over"

    pushed_out, *_ = [await _challenge(client, someone) for _ in range(6)]
    assert await outcome(pushed_out) == "challenge_over"

    before = await _challenge(client, someone)
    changed = {"current_password": PASSWORD, "new_password": "quite another sentence"}
    assert (await client.put("users/me/password", headers=headers, json=changed)).is_success
    assert await outcome(before) == "challenge_over"

    answer = await sign_in(client, someone["email"], "quite another sentence")
    async with services.database.transaction(recorded=False) as tx:
        sql = "update users set suspended_at = now(), suspension_reason = 'Enough' where id = $1"
        await tx.run(sql, user_id)
    assert await outcome(answer.json()["data"]["challenge"]) == "account_suspended"


async def test_the_first_factor_ends_the_sessions_that_had_none(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    client.cookies.clear()  # Another browser signs in below.
    other = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
    headers = bearer(someone["access_token"])
    await enrol(client, services, headers, someone["user"]["id"])
    assert await is_signed_in(client, someone["access_token"])
    assert not await is_signed_in(client, other["access_token"])
    assert (await refresh(client, other["refresh_token"])).status_code == 401
    assert (await refresh(client, someone["refresh_token"])).status_code == 200


async def test_exactly_one_factor_is_sent(client: httpx.AsyncClient) -> None:
    for given in ({}, {"code": "1", "recovery_code": "2"}):
        answer = await client.post(FACTOR, json={"challenge": "x"} | given)
        assert answer.json()["code"] == "one_proof_only"
        assert answer.status_code == 400
