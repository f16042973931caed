"""Requesting a password reset: who gets a mail, the limits, and that nothing is revealed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.people import PASSWORD, bearer, open_client, registration, sign_up
from tests.domains.auth.recovery.mails import read_mails, request_reset, reset, reset_tokens, verify
from tests.http.apps import assemble
from veza.app.services import Services
from veza.domains.platform.mail.rules.limits import MAX_REQUESTS_FROM_IP
from veza.infra.postgres import database as db
from veza.infra.valkey import client as valkey

type Work = Callable[[], Awaitable[None]]


@pytest.fixture
async def someone(client: httpx.AsyncClient) -> dict[str, Any]:
    return await sign_up(client)


async def test_known_and_unknown_addresses_get_the_same_answer_for_the_same_work(
    client: httpx.AsyncClient, someone: dict[str, Any], statements: Callable
) -> None:
    told = []
    for email in (someone["email"], registration()["email"]):
        with statements() as seen:
            answer = await request_reset(client, email)
        told.append((answer.status_code, answer.json(), seen))

    (status, body, seen), (_, other_body, other_seen) = told
    assert status == 200
    assert body == other_body
    assert len(seen) > 0
    assert seen == other_seen
    assert not any("users" in statement for statement in seen)


async def test_nobody_gets_a_mail_for_an_address_without_an_account(
    client: httpx.AsyncClient, services: Services, work: Work
) -> None:
    email = registration()["email"]
    await request_reset(client, email)
    await work()

    assert read_mails(services, email) == []


async def test_the_mail_goes_to_the_address_of_the_account_and_not_to_a_look_alike(
    client: httpx.AsyncClient, services: Services, work: Work
) -> None:
    someone = await sign_up(client)
    # To PostgreSQL both are the same in small letters; to a mail server they are two.
    local = someone["username"]
    email = f"ki{local}@example.com"
    await client.put(
        "users/me",
        json={"email": email, "current_password": PASSWORD},
        headers=bearer(someone["access_token"]),
    )
    typed = f"\u212aI{local}@example.com"
    assert (await request_reset(client, typed)).status_code == 200
    await work()

    assert read_mails(services, typed) == []
    assert len(reset_tokens(services, email)) == 1


async def test_at_most_five_mails_an_hour_go_to_an_address_and_the_answer_stays_the_same(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    answers = []
    for _ in range(7):
        answers.append(await request_reset(client, someone["email"].swapcase()))
        await work()

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    tokens = reset_tokens(services, someone["email"])
    assert len(tokens) == 5
    assert (await reset(client, tokens[-1])).status_code == 200, "What was sent works on."


async def test_concurrent_requests_send_one_mail(
    client: httpx.AsyncClient, services: Services, work: Work, someone: dict[str, Any]
) -> None:
    await asyncio.gather(*(request_reset(client, someone["email"]) for _ in range(10)))
    await work()

    assert len(reset_tokens(services, someone["email"])) == 1


async def test_requests_from_one_network_are_limited(
    client: httpx.AsyncClient, services: Services, app: Litestar
) -> None:
    for n in range(MAX_REQUESTS_FROM_IP):
        assert (await request_reset(client, f"x{n}@example.com")).status_code == 200
    answer = await request_reset(client, "y@example.com")

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_mails")
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    async with open_client(services, app) as elsewhere:
        assert (await request_reset(elsewhere, "y@example.com")).status_code == 200


async def test_addresses_of_one_ipv6_network_share_the_limit(
    services: Services, app: Litestar
) -> None:
    async def ask(n: int) -> int:
        async with open_client(services, app, address=f"2001:db8:77::{n:x}") as client:
            return (await request_reset(client, f"x{n}@example.com")).status_code

    found = [await ask(n) for n in range(MAX_REQUESTS_FROM_IP + 2)]
    assert found == [200] * MAX_REQUESTS_FROM_IP + [429] * 2


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a@example.com\n", "a\0@example.com", 1])
async def test_an_invalid_address_is_400(client: httpx.AsyncClient, email: Any) -> None:
    answer = await client.post("auth/password/forgot", json={"email": email})

    assert answer.status_code == 400


async def test_without_the_database_the_request_is_503(
    services: Services,
) -> None:
    async with db.connect("postgresql://nobody@/none?host=/nowhere") as gone:
        app = assemble(msgspec.structs.replace(services, database=gone))[0]
        async with open_client(services, app) as client:
            for answer in (
                await request_reset(client, "a@example.com"),
                await reset(client, "x"),
                await verify(client, "x"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")


@pytest.mark.long
async def test_without_valkey_mails_are_queued_and_counted(
    services: Services, work: Work, someone: dict[str, Any]
) -> None:
    async with valkey.connect("unix:///nowhere/valkey.sock") as gone:
        site_mailer = msgspec.structs.replace(
            services.site_mailer, counters=valkey.WindowCounters(gone)
        )
        app = assemble(msgspec.structs.replace(services, site_mailer=site_mailer))[0]
        async with open_client(services, app) as client:
            for _ in range(MAX_REQUESTS_FROM_IP):
                assert (await request_reset(client, someone["email"])).status_code == 200
            assert (await request_reset(client, someone["email"])).status_code == 429
    await work()

    assert len(reset_tokens(services, someone["email"])) == 1
