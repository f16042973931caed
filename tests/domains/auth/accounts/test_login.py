"""Logging in, and the limits of failed logins."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.people import (
    PASSWORD,
    CountedPasswords,
    bearer,
    is_signed_in,
    open_client,
    registration,
    sign_in,
    sign_up,
)
from tests.http.apps import assemble
from tests.support.addresses import own_address
from veza.app.services import Services
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.valkey import client as valkey

WRONG = "not the password"


@pytest.fixture
def passwords() -> Any:
    counted = CountedPasswords()
    yield counted
    counted.close()


@pytest.fixture
def counting(services: Services, passwords: CountedPasswords) -> Litestar:
    """The application with passwords that are counted."""
    context = msgspec.structs.replace(services.login_context, passwords=passwords)
    return assemble(msgspec.structs.replace(services, login_context=context))[0]


async def test_the_right_password_signs_in(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    answer = await sign_in(client, someone["email"], PASSWORD)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    data = answer.json()["data"]
    assert data["user"] == someone["user"]
    assert data["expires_in"] == 3600
    assert data["access_token"] != someone["access_token"]
    assert await is_signed_in(client, data["access_token"])


async def test_an_address_is_known_in_whatever_case(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)

    assert (await sign_in(client, someone["email"].upper(), PASSWORD)).status_code == 200


async def test_each_login_is_a_session_of_its_own(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    other = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
    await client.post("auth/logout", headers=bearer(other["access_token"]))

    assert not await is_signed_in(client, other["access_token"])
    assert await is_signed_in(client, someone["access_token"])


async def test_a_login_ends_the_same_browsers_session_of_the_member_alone(
    services: Services, app: Litestar
) -> None:
    async with open_client(services, app, is_browser=True) as browser:
        someone, other = await sign_up(browser), await sign_up(browser)
        # The cookies are those of the other one.
        first = (await sign_in(browser, someone["email"], PASSWORD)).json()["data"]
        assert await is_signed_in(browser, other["access_token"])
        again = (await sign_in(browser, someone["email"], PASSWORD)).json()["data"]

        assert not await is_signed_in(browser, first["access_token"])
        assert await is_signed_in(browser, again["access_token"])
        assert await is_signed_in(browser, someone["access_token"])


async def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(
    client: httpx.AsyncClient,
) -> None:
    someone = await sign_up(client)
    wrong = await sign_in(client, someone["email"], WRONG)
    unknown = await sign_in(client, registration()["email"], WRONG)

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["code"] == "invalid_credentials"
    bodies = [answer.json() | {"request_id": ""} for answer in (wrong, unknown)]
    assert bodies[0] == bodies[1]
    own = {"x-request-id"}
    assert {k: v for k, v in wrong.headers.items() if k not in own} == {
        k: v for k, v in unknown.headers.items() if k not in own
    }


async def test_an_unknown_address_and_a_wrong_password_cost_the_same_work(
    counting: Litestar, services: Services, passwords: CountedPasswords
) -> None:
    async with open_client(services, counting) as client:
        someone = await sign_up(client)
        for email, password in (
            (someone["email"], PASSWORD),
            (someone["email"], WRONG),
            (registration()["email"], WRONG),
            ("not even an address", WRONG),
        ):
            before = passwords.verified
            await sign_in(client, email, password)
            assert passwords.verified - before == 1, email


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@example.com"},
        {"password": PASSWORD},
        {"email": None, "password": PASSWORD},
        {"email": ["a@example.com"], "password": PASSWORD},
        {"email": {"$ne": ""}, "password": {"$ne": ""}},
        {"email": "a" * 255, "password": PASSWORD},
        {"email": "a@example.com", "password": "x" * 1025},
        {"email": "a\0@example.com", "password": PASSWORD},
    ],
)
async def test_an_invalid_login_request_is_400(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert (await client.post("auth/login", json=body)).status_code == 400


async def test_a_bad_token_does_not_prevent_a_login(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    body = {"email": someone["email"], "password": PASSWORD}
    for headers in ({"Authorization": "Bearer bad"}, {"Cookie": "veza_access=bad"}):
        assert (await client.post("auth/login", json=body, headers=headers)).status_code == 200


async def _fail(client: httpx.AsyncClient, email: str, times: int) -> None:
    for _ in range(times):
        assert (await sign_in(client, email, WRONG)).status_code == 401


def _ensure_slowed_down(answer: httpx.Response) -> None:
    assert answer.status_code == 429, answer.text
    assert answer.json()["code"] == "too_many_logins"
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60


async def test_the_tenth_failure_for_an_account_makes_the_next_429_from_anywhere(
    app: Litestar, services: Services, client: httpx.AsyncClient
) -> None:
    someone = await sign_up(client)
    for _ in range(2):
        async with open_client(services, app) as guesser:
            await _fail(guesser, someone["email"], 5)

    _ensure_slowed_down(await sign_in(client, someone["email"], WRONG))
    _ensure_slowed_down(await sign_in(client, someone["email"].upper(), WRONG))
    _ensure_slowed_down(await sign_in(client, someone["email"], PASSWORD))
    # Others, from the same place, are not slowed down by that.
    assert (await sign_in(client, (await sign_up(client))["email"], PASSWORD)).status_code == 200


async def test_an_unknown_address_is_limited_alike(
    app: Litestar, services: Services, client: httpx.AsyncClient
) -> None:
    unknown = registration()["email"]
    async with open_client(services, app) as guesser:
        await _fail(guesser, unknown, 10)

    _ensure_slowed_down(await sign_in(client, unknown, WRONG))


async def test_the_tenth_failure_from_an_address_makes_the_next_429_for_any_account(
    app: Litestar, services: Services, client: httpx.AsyncClient
) -> None:
    someone = await sign_up(client)
    for _ in range(10):
        await _fail(client, registration()["email"], 1)

    _ensure_slowed_down(await sign_in(client, registration()["email"], WRONG))
    _ensure_slowed_down(await sign_in(client, someone["email"], PASSWORD))
    async with open_client(services, app) as elsewhere:
        assert (await sign_in(elsewhere, someone["email"], PASSWORD)).status_code == 200


async def test_addresses_of_one_network_of_ipv6_are_one(app: Litestar, services: Services) -> None:
    network = own_address().removesuffix("1")
    for host in range(10):
        async with open_client(services, app, address=f"{network}{host}") as client:
            await _fail(client, registration()["email"], 1)
    async with open_client(services, app, address=f"{network}ffff:1") as client:
        _ensure_slowed_down(await sign_in(client, registration()["email"], WRONG))


async def test_success_clears_the_count_of_the_account(
    app: Litestar, services: Services, client: httpx.AsyncClient
) -> None:
    someone = await sign_up(client)
    for _ in range(3):
        async with open_client(services, app) as elsewhere:
            await _fail(elsewhere, someone["email"], 9)
            assert (await sign_in(elsewhere, someone["email"], PASSWORD)).status_code == 200


async def test_success_does_not_clear_the_failures_of_the_address(
    client: httpx.AsyncClient,
) -> None:
    someone = await sign_up(client)
    for _ in range(10):
        await _fail(client, registration()["email"], 1)
        answer = await sign_in(client, someone["email"], PASSWORD)

    _ensure_slowed_down(answer)


async def test_a_successful_login_is_not_counted(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    for _ in range(15):
        assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 200


async def test_a_hundred_guesses_at_once_get_ten_tries(
    counting: Litestar, services: Services, passwords: CountedPasswords, client: httpx.AsyncClient
) -> None:
    someone = await sign_up(client)
    async with open_client(services, counting) as guesser:
        guesses = (sign_in(guesser, someone["email"], f"guess {n}") for n in range(100))
        answers = await asyncio.gather(*guesses)

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(401) == passwords.verified == 10
    assert statuses.count(429) == 90


async def test_a_hundred_guesses_from_many_places_get_ten_tries(
    counting: Litestar, services: Services, passwords: CountedPasswords, client: httpx.AsyncClient
) -> None:
    someone = await sign_up(client)

    async def guess(n: int) -> int:
        async with open_client(services, counting) as guesser:
            return (await sign_in(guesser, someone["email"], f"guess {n}")).status_code

    statuses = await asyncio.gather(*(guess(n) for n in range(100)))

    assert statuses.count(401) == passwords.verified == 10


async def test_many_members_sign_in_at_once_from_one_address(
    client: httpx.AsyncClient,
) -> None:
    """A school, a company, a proxy: nobody failed, so nobody is slowed down."""
    people = [await sign_up(client) for _ in range(5)]
    answers = await asyncio.gather(
        *(sign_in(client, person["email"], PASSWORD) for person in people for _ in range(6))
    )

    assert {answer.status_code for answer in answers} == {200}


@pytest.fixture
async def without_valkey(services: Services) -> AsyncIterator[Litestar]:
    async with valkey.connect("unix:///nowhere/valkey.sock") as gone:
        attempts = LoginThrottle(gone, max_failures=10, window_s=900)
        context = msgspec.structs.replace(services.login_context, attempts=attempts)
        yield assemble(msgspec.structs.replace(services, login_context=context))[0]


async def test_without_valkey_each_process_counts_for_itself(
    without_valkey: Litestar, services: Services
) -> None:
    async with open_client(services, without_valkey) as client:
        someone = await sign_up(client)
        await _fail(client, someone["email"], 9)
        assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 200
        await _fail(client, someone["email"], 1)

        # Ten from this address by now.
        _ensure_slowed_down(await sign_in(client, someone["email"], PASSWORD))
        async with open_client(services, without_valkey) as elsewhere:
            await _fail(elsewhere, someone["email"], 9)
        async with open_client(services, without_valkey) as elsewhere:
            _ensure_slowed_down(await sign_in(elsewhere, someone["email"], PASSWORD))


async def test_without_valkey_a_hundred_guesses_get_ten_tries(
    without_valkey: Litestar, services: Services
) -> None:
    async with open_client(services, without_valkey) as client:
        someone = await sign_up(client)
        guesses = (sign_in(client, someone["email"], f"guess {n}") for n in range(100))
        statuses = [answer.status_code for answer in await asyncio.gather(*guesses)]

    assert statuses.count(401) == 10
