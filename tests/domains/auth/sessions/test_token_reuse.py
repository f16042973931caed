"""Reuse of refresh tokens: lost answers, two tabs at once, and theft."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.people import bearer, is_signed_in, open_client, refresh, sign_up
from tests.support.addresses import own_address
from veza.app.services import Services
from veza.domains.auth.sessions import rules


async def _move_back(services: Services, by: timedelta) -> None:
    """Have all refresh tokens be spent so much earlier."""
    async with services.database.transaction() as tx:
        sql = "update refresh_tokens set spent_at = spent_at - $1::interval"
        await tx.run(sql, by)


async def _ensure_over(client: httpx.AsyncClient, *pairs: dict[str, str]) -> None:
    for pair in pairs:
        assert not await is_signed_in(client, pair["access_token"])
        assert (await refresh(client, pair["refresh_token"])).status_code == 401


async def test_a_lost_answer_is_repeated(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    lost = (await refresh(client, someone["refresh_token"])).json()["data"]
    answer = await refresh(client, someone["refresh_token"])

    assert answer.status_code == 200
    again = answer.json()["data"]
    assert again["refresh_token"] == lost["refresh_token"]
    assert await is_signed_in(client, again["access_token"])
    assert (await refresh(client, again["refresh_token"])).status_code == 200


async def test_twenty_refreshes_at_once_get_one_successor(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    token = someone["refresh_token"]
    answers = await asyncio.gather(*(refresh(client, token) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    (successor,) = {answer.json()["data"]["refresh_token"] for answer in answers}
    for answer in answers:
        assert await is_signed_in(client, answer.json()["data"]["access_token"])
    assert (await refresh(client, successor)).status_code == 200


async def test_two_tabs_with_one_cookie_both_go_on(browser: httpx.AsyncClient) -> None:
    await sign_up(browser)
    token = (await browser.get("csrf-token")).json()["data"]["csrf_token"]
    headers = {"X-CSRF-Token": token}
    answers = await asyncio.gather(*(browser.post("auth/refresh", headers=headers) for _ in "12"))

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await browser.post("auth/refresh", headers=headers)).status_code == 200


async def test_a_used_token_ends_the_session_once_its_successor_is_used(
    client: httpx.AsyncClient,
) -> None:
    first = await sign_up(client)
    second = (await refresh(client, first["refresh_token"])).json()["data"]
    third = (await refresh(client, second["refresh_token"])).json()["data"]

    assert (await refresh(client, first["refresh_token"])).status_code == 401
    await _ensure_over(client, first, second, third)


async def test_a_used_token_ends_the_session_after_ten_seconds(
    client: httpx.AsyncClient, services: Services
) -> None:
    first = await sign_up(client)
    second = (await refresh(client, first["refresh_token"])).json()["data"]
    await _move_back(services, timedelta(seconds=9))
    assert (await refresh(client, first["refresh_token"])).status_code == 200
    # Repeating it gives it no more time.
    await _move_back(services, timedelta(seconds=1.5))

    assert (await refresh(client, first["refresh_token"])).status_code == 401
    await _ensure_over(client, first, second)


@pytest.mark.parametrize("difference", ["network", "user agent"])
async def test_a_used_token_from_another_device_ends_the_session(
    app: Litestar, services: Services, client: httpx.AsyncClient, difference: str
) -> None:
    address = own_address()
    async with open_client(services, app, address=address) as owner:
        first = await sign_up(owner)
        second = (await refresh(owner, first["refresh_token"])).json()["data"]
    other = own_address() if difference == "network" else address
    async with open_client(services, app, address=other) as thief:
        if difference == "user agent":
            thief.headers["user-agent"] = "another program"
        assert (await refresh(thief, first["refresh_token"])).status_code == 401

    await _ensure_over(client, first, second)


async def test_another_address_of_the_same_network_of_ipv6_is_the_same_device(
    app: Litestar, services: Services
) -> None:
    address = own_address()
    async with open_client(services, app, address=address) as owner:
        first = await sign_up(owner)
        await refresh(owner, first["refresh_token"])
    async with open_client(services, app, address=f"{address}234") as owner:
        assert (await refresh(owner, first["refresh_token"])).status_code == 200


async def test_after_logout_a_used_token_is_refused(client: httpx.AsyncClient) -> None:
    first = await sign_up(client)
    second = (await refresh(client, first["refresh_token"])).json()["data"]
    await client.post("auth/logout", headers=bearer(second["access_token"]))

    assert (await refresh(client, first["refresh_token"])).status_code == 401
    await _ensure_over(client, first, second)


async def test_a_stolen_successor_ends_the_session_at_the_owners_next_refresh(
    app: Litestar, services: Services, client: httpx.AsyncClient
) -> None:
    first = await sign_up(client)
    async with open_client(services, app) as thief:
        stolen = (await refresh(thief, first["refresh_token"])).json()["data"]

    assert (await refresh(client, first["refresh_token"])).status_code == 401
    await _ensure_over(client, first, stolen)


async def test_a_successor_can_not_be_derived_from_what_is_stored(
    client: httpx.AsyncClient, services: Services
) -> None:
    first = await sign_up(client)
    second = (await refresh(client, first["refresh_token"])).json()["data"]
    await refresh(client, second["refresh_token"])
    async with services.database.read() as conn:
        sql = """
            select count(*)
              from refresh_tokens
             where successor_salt is not null and session_id = $1
        """
        session_id = rules.session_id_of_refresh_token(first["refresh_token"])
        # Only the latest spent token has a salt: of the others none can be derived any more.
        assert await conn.value(int, sql, session_id) == 1
