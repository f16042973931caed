"""Which logins count as failed, for whom, and what resets the count."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import product

import httpx
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.login_throttle_steps import NEW_PASSWORD, WRONG, lock_account
from tests.domains.auth.accounts.people import PASSWORD, open_client, registration, sign_in, sign_up
from tests.domains.auth.recovery.mails import request_reset, reset, reset_tokens
from tests.http.apps import assemble
from veza.app.services import Services

type Work = Callable[[], Awaitable[None]]


async def test_spellings_of_an_address_have_no_counters_of_their_own(
    app: Litestar, services: Services
) -> None:
    name = f"iiii{registration()['username']}"
    async with open_client(services, app) as client:
        await sign_up(client, email=f"{name}@example.com")
    spellings = ["".join(letters) + name[4:] for letters in product("iI\u0130", repeat=4)]
    statuses: list[int] = []
    for spelling in spellings[:40]:
        async with open_client(services, app) as guesser:
            statuses.append(
                (await sign_in(guesser, f"{spelling}@example.com", PASSWORD)).status_code
            )
            await sign_in(guesser, f"{spelling}@example.com", WRONG)

    by_case = [s for s in spellings[:40] if s.isascii()]
    assert [s for s, code in zip(spellings, statuses, strict=False) if code == 200] == by_case


@pytest.mark.long
async def test_a_login_during_an_outage_is_not_counted(
    app: Litestar, services: Services, no_database: Services, client: httpx.AsyncClient
) -> None:
    someone = await sign_up(client)
    away, _ = assemble(no_database)
    async with open_client(no_database, away, address="192.0.2.77") as network:
        for _ in range(15):
            assert (await sign_in(network, someone["email"], PASSWORD)).status_code == 503
        answers = await asyncio.gather(
            *(sign_in(network, someone["email"], WRONG) for _ in range(30))
        )
    assert {answer.status_code for answer in answers} <= {503, 429}

    async with open_client(services, app, address="192.0.2.77") as network:
        assert (await sign_in(network, someone["email"], WRONG)).status_code == 401
        assert (await sign_in(network, someone["email"], PASSWORD)).status_code == 200


async def test_a_changed_address_keeps_the_count_of_its_account(
    app: Litestar, services: Services, client: httpx.AsyncClient
) -> None:
    someone = await sign_up(client)
    async with open_client(services, app) as guesser:
        for _ in range(9):
            await sign_in(guesser, someone["email"], WRONG)
    email = registration()["email"]
    change = {"email": email, "current_password": PASSWORD}
    headers = {"Authorization": f"Bearer {someone['access_token']}"}
    assert (await client.put("users/me", json=change, headers=headers)).status_code == 200
    assert (await sign_in(client, email, WRONG)).status_code == 401

    assert (await sign_in(client, email, PASSWORD)).status_code == 429


async def test_a_password_reset_clears_the_counter_of_the_account(
    app: Litestar, services: Services, client: httpx.AsyncClient, work: Work
) -> None:
    someone = await sign_up(client)
    await lock_account(app, services, someone["email"])
    await request_reset(client, someone["email"])
    await work()
    (token,) = reset_tokens(services, someone["email"])
    assert (await reset(client, token, NEW_PASSWORD)).status_code == 200

    async with open_client(services, app) as elsewhere:
        assert (await sign_in(elsewhere, someone["email"], NEW_PASSWORD)).status_code == 200
