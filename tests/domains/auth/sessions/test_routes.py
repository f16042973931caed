"""The list of one's sessions, and ending them from there."""

import asyncio
import base64
from typing import Any
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
from veza.core.ids import new_id
from veza.domains.auth.sessions import rules

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def _sign_in(client: httpx.AsyncClient, someone: dict[str, Any]) -> dict[str, Any]:
    return (await sign_in(client, someone["email"], PASSWORD)).json()["data"]


async def _list(
    client: httpx.AsyncClient, pair: dict[str, Any], **query: Any
) -> list[dict[str, Any]]:
    answer = await client.get("sessions", headers=bearer(pair["access_token"]), params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["sessions"]


async def _end(
    client: httpx.AsyncClient, pair: dict[str, Any], body: object = None
) -> httpx.Response:
    headers = bearer(pair["access_token"])
    if body is None:
        return await client.post("sessions/logout", headers=headers)
    return await client.post("sessions/logout", headers=headers, json=body)


def _id(pair: dict[str, Any]) -> str:
    return rules.session_id_of_refresh_token(pair["refresh_token"])


async def test_the_list_shows_device_address_and_time(app: Litestar, services: Services) -> None:
    async with open_client(services, app, address="192.0.2.4") as client:
        client.headers["User-Agent"] = FIREFOX
        someone = await sign_up(client)
        sessions = await _list(client, someone)

    assert len(sessions) == 1
    session = sessions[0]
    created, seen = session.pop("created_at"), session.pop("last_seen_at")
    assert created == seen
    assert created.endswith("Z")
    assert session == {
        "id": _id(someone),
        "device": "Firefox on Linux",
        "user_agent": FIREFOX,
        "ip": "192.0.2.4",
        "is_current": True,
    }


async def test_the_list_is_newest_first_and_marks_the_current_session(
    client: httpx.AsyncClient,
) -> None:
    someone = await sign_up(client)
    second, third = await _sign_in(client, someone), await _sign_in(client, someone)

    sessions = await _list(client, second)

    assert [session["id"] for session in sessions] == [_id(third), _id(second), _id(someone)]
    assert [session["is_current"] for session in sessions] == [False, True, False]


async def test_a_refresh_is_when_a_session_was_last_seen(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    before = (await _list(client, someone))[0]
    pair = (await refresh(client, someone["refresh_token"])).json()["data"]
    after = (await _list(client, pair))[0]

    assert after["id"] == before["id"]
    assert after["created_at"] == before["created_at"]
    assert after["last_seen_at"] > before["last_seen_at"]


async def test_only_live_sessions_of_ones_own_are_listed(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone, other = await sign_up(client), await sign_up(client)
    ended, expired = await _sign_in(client, someone), await _sign_in(client, someone)
    await client.post("auth/logout", headers=bearer(ended["access_token"]))
    async with services.database.transaction() as tx:
        sql = "update sessions set expires_at = now() - interval '1 s' where id = $1"
        await tx.run(sql, UUID(_id(expired)))

    assert [session["id"] for session in await _list(client, someone)] == [_id(someone)]
    assert [session["id"] for session in await _list(client, other)] == [_id(other)]
    assert (await _end(client, someone, {"session_id": _id(expired)})).status_code == 404


async def test_a_long_list_goes_on_with_a_cursor(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    async with services.database.transaction() as tx:
        sql = """
            insert into sessions (id, user_id, device, ip, created_at, expires_at)
            select gen_random_uuid(), user_id, device, ip, now(), expires_at
              from sessions, generate_series(1, 44)
             where id = $1
        """
        await tx.run(sql, UUID(_id(someone)))
    seen: list[str] = []
    cursor = None
    for size in (20, 20, 5):
        query = {"cursor": cursor} if cursor else {}
        answer = await client.get("sessions", headers=bearer(someone["access_token"]), params=query)
        page = answer.json()["data"]
        assert len(page["sessions"]) == size
        assert page["has_more"] == (page["next_cursor"] is not None) == (size == 20)
        seen += [session["id"] for session in page["sessions"]]
        cursor = page["next_cursor"]

    assert len(set(seen)) == 45
    assert len(await _list(client, someone, limit=100)) == 45
    assert len(await _list(client, someone, limit=1)) == 1


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "!"}, {"cursor": "a" * 2000}],
    ids=str,
)
async def test_a_list_with_an_invalid_limit_is_400(
    client: httpx.AsyncClient, query: dict[str, Any]
) -> None:
    someone = await sign_up(client)
    headers = bearer(someone["access_token"])

    assert (await client.get("sessions", headers=headers, params=query)).status_code == 400


async def test_a_cursor_of_another_list_is_no_crash(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    text = f'{{"created_at":"2020-01-01T00:00:00Z","id":"{new_id()}","sort":"title","value":5}}'
    cursor = base64.urlsafe_b64encode(text.encode()).decode()

    assert await _list(client, someone, cursor=cursor) == []


async def test_another_session_of_ones_own_can_be_ended(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    elsewhere = await _sign_in(client, someone)

    answer = await _end(client, someone, {"session_id": _id(elsewhere)})

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert not await is_signed_in(client, elsewhere["access_token"])
    assert (await refresh(client, elsewhere["refresh_token"])).status_code == 401
    assert await is_signed_in(client, someone["access_token"])


async def test_a_session_that_is_over_cannot_be_ended_again(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    elsewhere = await _sign_in(client, someone)
    body = {"session_id": _id(elsewhere)}
    answers = [await _end(client, someone, body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[1].json()["code"] == "session_not_found"


async def test_concurrent_requests_end_a_session_once(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    elsewhere = await _sign_in(client, someone)
    body = {"session_id": _id(elsewhere)}
    answers = await asyncio.gather(*(_end(client, someone, body) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 5


@pytest.mark.parametrize("body", [None, {}, {"session_id": None}, "its own id"], ids=str)
async def test_without_an_id_the_current_session_is_ended(
    client: httpx.AsyncClient, body: object
) -> None:
    someone = await sign_up(client)
    elsewhere = await _sign_in(client, someone)

    answer = await _end(
        client, someone, {"session_id": _id(someone)} if body == "its own id" else body
    )

    assert answer.status_code == 200
    assert "veza_access=" in answer.headers["set-cookie"], "The browser forgets its tokens."
    assert (await _end(client, someone)).status_code == 401
    assert (await refresh(client, someone["refresh_token"])).status_code == 401
    assert await is_signed_in(client, elsewhere["access_token"])


async def test_a_foreign_session_is_404_and_stays_active(client: httpx.AsyncClient) -> None:
    someone, other = await sign_up(client), await sign_up(client)

    answer = await _end(client, someone, {"session_id": _id(other)})

    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
    assert await is_signed_in(client, other["access_token"])
    assert (await refresh(client, other["refresh_token"])).status_code == 200


async def test_an_unknown_session_is_404_like_a_foreign_one(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)

    answer = await _end(client, someone, {"session_id": str(new_id())})

    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")


@pytest.mark.parametrize("body", [{"session_id": "x"}, {"session_id": 5}, [], "x"], ids=str)
async def test_an_invalid_session_id_is_400_and_ends_nothing(
    client: httpx.AsyncClient, body: object
) -> None:
    someone = await sign_up(client)

    assert (await _end(client, someone, body)).status_code == 400
    assert await is_signed_in(client, someone["access_token"])


async def test_logging_out_everywhere_ends_all_sessions_of_one_member(
    client: httpx.AsyncClient,
) -> None:
    someone, other = await sign_up(client), await sign_up(client)
    pairs = [someone, await _sign_in(client, someone), await _sign_in(client, someone)]

    answer = await client.post("sessions/logout-all", headers=bearer(pairs[1]["access_token"]))

    assert answer.status_code == 200
    assert answer.json()["data"]["ended_count"] == 3
    assert "veza_refresh=" in answer.headers["set-cookie"]
    for pair in pairs:
        assert not await is_signed_in(client, pair["access_token"])
        assert (await refresh(client, pair["refresh_token"])).status_code == 401
    assert await is_signed_in(client, other["access_token"])
    assert await is_signed_in(client, await _access_token_anew(client, someone))


async def test_logging_out_everywhere_twice_is_401(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    headers = bearer(someone["access_token"])
    answers = [await client.post("sessions/logout-all", headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 401]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "sessions"), ("POST", "sessions/logout"), ("POST", "sessions/logout-all")],
)
async def test_sessions_require_a_signed_in_member(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    for headers in ({}, bearer("bad")):
        assert (await client.request(method, path, headers=headers)).status_code == 401


async def test_a_browser_needs_the_csrf_token_to_end_sessions(browser: httpx.AsyncClient) -> None:
    someone = await sign_up(browser)
    token = (await browser.get("csrf-token")).json()["data"]["csrf_token"]

    for path in ("sessions/logout", "sessions/logout-all"):
        answer = await browser.post(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    answer = await browser.post("sessions/logout-all", headers={"X-CSRF-Token": token})

    assert answer.status_code == 200
    assert set(browser.cookies) == {"veza_device"}
    assert not await is_signed_in(browser, someone["access_token"])


async def _access_token_anew(client: httpx.AsyncClient, someone: dict[str, Any]) -> str:
    return (await _sign_in(client, someone))["access_token"]
