"""Refreshing and ending sessions."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
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
from veza.app.services import Services
from veza.core.ids import SessionId
from veza.domains.auth.sessions import rules
from veza.domains.auth.sessions.jobs import sweep_sessions
from veza.domains.auth.sessions.models import AccessClaims
from veza.domains.auth.sessions.service import EndedSessions
from veza.infra.security.tokens import TokenSigner


async def test_a_refresh_token_is_exchanged_for_new_tokens(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    answer = await refresh(client, someone["refresh_token"])

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    pair = answer.json()["data"]
    assert set(pair) == {"access_token", "refresh_token", "expires_in"}
    assert pair["expires_in"] == 3600
    assert pair["refresh_token"] != someone["refresh_token"]
    assert await is_signed_in(client, pair["access_token"])
    assert await is_signed_in(client, someone["access_token"])


async def test_a_session_goes_on_through_many_refreshes(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    token, seen = someone["refresh_token"], {someone["refresh_token"]}
    for _ in range(5):
        pair = (await refresh(client, token)).json()["data"]
        token = pair["refresh_token"]
        seen.add(token)

    assert len(seen) == 6
    assert await is_signed_in(client, pair["access_token"])


async def test_sessions_refresh_is_the_same(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    body = {"refresh_token": someone["refresh_token"]}

    answer = await client.post("sessions/refresh", json=body)
    assert answer.status_code == 200


async def test_a_reused_token_ends_the_whole_session(
    client: httpx.AsyncClient,
) -> None:
    someone = await sign_up(client)
    elsewhere = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
    second = (await refresh(client, someone["refresh_token"])).json()["data"]
    third = (await refresh(client, second["refresh_token"])).json()["data"]

    stolen = await refresh(client, someone["refresh_token"])

    assert stolen.status_code == 401
    assert stolen.json()["code"] == "invalid_refresh_token"
    for pair in (someone, second, third):
        assert not await is_signed_in(client, pair["access_token"])
        assert (await refresh(client, pair["refresh_token"])).status_code == 401
    assert await is_signed_in(client, elsewhere["access_token"])
    assert (await refresh(client, elsewhere["refresh_token"])).status_code == 200


@pytest.mark.parametrize(
    "token", ["", "x", "é♪", "a\0b", "x" * 512, f"{'0' * 32}.{'x' * 43}", "../../etc/passwd"]
)
async def test_an_unknown_refresh_token_is_401(client: httpx.AsyncClient, token: str) -> None:
    answer = await refresh(client, token)

    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_refresh_token"


@pytest.mark.parametrize("body", [{"refresh_token": 5}, {"refresh_token": "x" * 513}, []])
async def test_an_invalid_refresh_request_is_400(client: httpx.AsyncClient, body: object) -> None:
    assert (await client.post("auth/refresh", json=body)).status_code == 400


async def test_without_any_refresh_token_it_is_401(client: httpx.AsyncClient) -> None:
    for answer in (
        await client.post("auth/refresh"),
        await client.post("auth/refresh", json={}),
        await client.post("auth/refresh", json={"refresh_token": None}),
    ):
        assert answer.status_code == 401


async def test_a_bad_access_token_does_not_prevent_a_refresh(
    client: httpx.AsyncClient,
) -> None:
    someone = await sign_up(client)
    body = {"refresh_token": someone["refresh_token"]}
    answer = await client.post("auth/refresh", json=body, headers=bearer("bad"))

    assert answer.status_code == 200


async def test_an_expired_refresh_token_is_401(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    async with services.database.transaction() as tx:
        await tx.run(
            "update refresh_tokens set expires_at = now() - interval '1 s' where session_id = $1",
            _session_of(someone["refresh_token"]),
        )

    assert (await refresh(client, someone["refresh_token"])).status_code == 401


async def test_who_is_suspended_gets_no_new_tokens(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    async with services.database.transaction() as tx:
        sql = "update users set suspended_at = now(), suspension_reason = 'spam' where id = $1"
        await tx.run(sql, UUID(someone["user"]["id"]))

    answer = await refresh(client, someone["refresh_token"])

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_refresh_token")


async def test_refresh_tokens_are_stored_as_hashes(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    async with services.database.read() as conn:
        stored = await conn.column(
            str,
            "select row_to_json(t)::text from refresh_tokens t where session_id = $1",
            _session_of(someone["refresh_token"]),
        )

    assert len(stored) == 1
    secret = someone["refresh_token"].partition(".")[2]
    assert secret not in stored[0]
    assert secret.encode().hex() not in stored[0]


type Leave = Callable[[httpx.AsyncClient, dict[str, str]], Awaitable[httpx.Response]]

LOGOUTS: dict[str, Leave] = {
    "refresh token in the body": lambda client, pair: client.post(
        "auth/logout", json={"refresh_token": pair["refresh_token"]}
    ),
    "bearer token": lambda client, pair: client.post(
        "auth/logout", headers=bearer(pair["access_token"])
    ),
    "bearer token and an empty body": lambda client, pair: client.post(
        "auth/logout", headers=bearer(pair["access_token"]), json={}
    ),
    "both": lambda client, pair: client.post(
        "auth/logout",
        headers=bearer(pair["access_token"]),
        json={"refresh_token": pair["refresh_token"]},
    ),
}


@pytest.mark.parametrize("leave", LOGOUTS.values(), ids=LOGOUTS.keys())
async def test_logout_ends_the_session_at_once(client: httpx.AsyncClient, leave: Leave) -> None:
    someone = await sign_up(client)
    elsewhere = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
    assert await is_signed_in(client, someone["access_token"])

    answer = await leave(client, someone)

    assert answer.status_code == 200
    assert not await is_signed_in(client, someone["access_token"])
    assert (await refresh(client, someone["refresh_token"])).status_code == 401
    assert await is_signed_in(client, elsewhere["access_token"])


async def test_logout_accepts_an_older_token_of_the_session(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    pair = (await refresh(client, someone["refresh_token"])).json()["data"]
    body = {"refresh_token": someone["refresh_token"]}
    assert (await client.post("auth/logout", json=body)).status_code == 200

    assert not await is_signed_in(client, pair["access_token"])


async def test_logout_accepts_an_expired_access_token(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    key = services.session_tokens.tokens._key
    claims = services.session_tokens.tokens.read(someone["access_token"], AccessClaims)
    expired = TokenSigner(key, audience="veza:access", lifetime=timedelta(seconds=-8)).sign(claims)
    assert (await client.post("auth/logout", headers=bearer(expired))).status_code == 200

    assert not await is_signed_in(client, someone["access_token"])


async def test_logout_with_an_unknown_token_is_200_and_ends_nothing(
    client: httpx.AsyncClient,
) -> None:
    someone = await sign_up(client)
    for headers, body in (
        ({}, {"refresh_token": "unknown"}),
        ({}, {}),
        (bearer("bad"), {}),
        ({"Authorization": "Basic YTpi"}, {}),
        ({"Authorization": "nonsense"}, {}),
        ({"Cookie": "veza_access=bad"}, {}),
    ):
        answer = await client.post("auth/logout", json=body, headers=headers)
        assert answer.status_code == 200, (headers, answer.text)

    assert await is_signed_in(client, someone["access_token"])


async def test_logout_twice_is_200(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    for _ in range(2):
        answer = await client.post("auth/logout", headers=bearer(someone["access_token"]))
        assert answer.status_code == 200


async def test_ended_sessions_are_dropped_from_memory_after_their_tokens_expired(
    monkeypatch,
) -> None:
    ended = EndedSessions()
    hour = rules.ACCESS_LIFETIME.total_seconds()
    moment = 0.0
    monkeypatch.setattr("time.monotonic", lambda: moment)
    await ended.add([str(UUID(int=n)) for n in range(9_000)])
    moment = hour - 10
    await ended.add([str(UUID(int=n)) for n in range(9_000, 12_000)])

    assert SessionId(UUID(int=0)) in ended, "Its token may still be valid."

    moment = hour + 120
    await ended.add([str(UUID(int=99_999))])

    assert SessionId(UUID(int=0)) not in ended
    assert SessionId(UUID(int=11_000)) in ended
    assert SessionId(UUID(int=99_999)) in ended


async def test_sessions_that_ended_long_ago_are_deleted(
    client: httpx.AsyncClient, services: Services
) -> None:
    people = [await sign_up(client) for _ in range(4)]
    ids = [_session_of(someone["refresh_token"]) for someone in people]
    over = {
        ids[0]: "ended_at = now() - interval '8 days'",
        ids[1]: "expires_at = now() - interval '8 days'",
        ids[2]: "ended_at = now() - interval '6 days'",
    }
    async with services.database.transaction() as tx:
        for session_id, change in over.items():
            await tx.run(f"update sessions set {change} where id = $1", session_id)

    await sweep_sessions(services.database)

    async with services.database.read() as conn:
        left = await conn.column(UUID, "select id from sessions where id = any($1)", ids)
        tokens = await conn.column(
            UUID, "select session_id from refresh_tokens where session_id = any($1)", ids
        )
    assert set(left) == set(tokens) == {ids[2], ids[3]}


async def test_the_latest_address_and_device_of_a_session_are_kept(
    app: Litestar, client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    async with open_client(services, app, address="192.0.2.77") as moved:
        body = {"refresh_token": someone["refresh_token"]}
        await moved.post("auth/refresh", json=body, headers={"User-Agent": "Tape Deck 2"})

    async with services.database.read() as conn:
        found = await conn.column(
            str,
            "select ip || ' ' || device from sessions where id = $1",
            _session_of(someone["refresh_token"]),
        )
    assert found == ["192.0.2.77 Tape Deck 2"]


def _session_of(refresh_token: str) -> UUID:
    return UUID(rules.session_id_of_refresh_token(refresh_token))
