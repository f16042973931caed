"""Verification of e-mail addresses, and changes of the address."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests import make
from tests.domains.auth.accounts.people import PASSWORD, bearer, registration, sign_up
from tests.domains.auth.recovery.mails import (
    read_mails,
    subjects,
    text_of,
    verification_tokens,
    verify,
)
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.auth.accounts.models import RegistrationForm
from veza.domains.auth.accounts.service import new_accounts
from veza.domains.auth.recovery.rules import hash_token

type Work = Callable[[], Awaitable[None]]
type Someone = dict[str, Any]

ASKED = "Verify your e-mail address"


@pytest.fixture
async def someone(client: httpx.AsyncClient, work: Work) -> Someone:
    """Somebody who has registered, and has got a mail by that."""
    someone = await sign_up(client)
    await work()
    return someone


async def _is_verified(client: httpx.AsyncClient, someone: Someone) -> bool:
    me = await client.get("users/me", headers=bearer(someone["access_token"]))
    return me.json()["data"]["email_verified"]


async def _change(client: httpx.AsyncClient, someone: Someone, email: str) -> httpx.Response:
    change = {"email": email, "current_password": PASSWORD}
    return await client.put("users/me", json=change, headers=bearer(someone["access_token"]))


async def _ask_again(client: httpx.AsyncClient, someone: Someone) -> httpx.Response:
    return await client.post("auth/email/verification", headers=bearer(someone["access_token"]))


async def test_registering_sends_a_link_that_verifies_the_address(
    client: httpx.AsyncClient, services: Services, someone: Someone
) -> None:
    assert subjects(services, someone["email"]) == [ASKED]
    assert not await _is_verified(client, someone)
    (token,) = verification_tokens(services, someone["email"])
    answer = await verify(client, token)

    assert answer.status_code == 200
    assert someone["username"] not in answer.text, "The link says nothing of whose it is."
    assert await _is_verified(client, someone)


async def test_an_account_that_is_made_by_the_command_line_gets_no_mail(
    services: Services, work: Work
) -> None:
    made = RegistrationForm(**registration())
    await new_accounts.create_account(services.database, services.login_context, made, Role.USER)
    await work()

    assert read_mails(services, made.email) == []


async def test_a_verification_link_works_once_even_concurrently(
    client: httpx.AsyncClient, services: Services, someone: Someone
) -> None:
    (token,) = verification_tokens(services, someone["email"])
    answers = await asyncio.gather(*(verify(client, token) for _ in range(50)))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
    assert {a.json()["code"] for a in answers if a.status_code == 400} == {"invalid_link"}
    assert await _is_verified(client, someone)


async def test_a_verification_link_lives_seven_days(
    client: httpx.AsyncClient, services: Services, someone: Someone
) -> None:
    (token,) = verification_tokens(services, someone["email"])
    async with services.database.transaction() as tx:
        sql = """
            update email_tokens
               set created_at = created_at - $2::interval, expires_at = expires_at - $2::interval
             where token_hash = $1
         returning extract(epoch from expires_at - created_at)::int
        """
        week = timedelta(days=7)
        assert await tx.value(int, sql, hash_token(token), week) == week.total_seconds()

    answer = await verify(client, token)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_link")
    assert not await _is_verified(client, someone)


async def test_another_mail_replaces_the_link(
    client: httpx.AsyncClient, services: Services, work: Work, someone: Someone
) -> None:
    assert (await _ask_again(client, someone)).status_code == 200
    await work()

    older, newer = verification_tokens(services, someone["email"])
    assert (await verify(client, older)).status_code == 400
    assert (await verify(client, newer)).status_code == 200


async def test_a_verified_member_is_sent_no_mail(
    client: httpx.AsyncClient, services: Services, work: Work, someone: Someone
) -> None:
    (token,) = verification_tokens(services, someone["email"])
    await verify(client, token)
    answer = await _ask_again(client, someone)
    await work()

    assert (answer.status_code, answer.json()["code"]) == (409, "already_verified")
    assert subjects(services, someone["email"]) == [ASKED]


async def test_asking_again_and_again_is_slowed_down(
    client: httpx.AsyncClient, someone: Someone
) -> None:
    other = await sign_up(client)
    for _ in range(5):
        assert (await _ask_again(client, someone)).status_code == 200
    answer = await _ask_again(client, someone)

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_mails")
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    assert (await _ask_again(client, other)).status_code == 200


async def test_only_a_member_asks_for_another_mail(client: httpx.AsyncClient) -> None:
    assert (await client.post("auth/email/verification")).status_code == 401
    answer = await client.post("auth/email/verification", headers=bearer("nonsense"))
    assert answer.status_code == 401


async def test_no_key_asks_for_another_mail(client: httpx.AsyncClient, someone: Someone) -> None:
    form = {"name": "studio", "scopes": ["read", "write"]}
    headers = bearer(someone["access_token"])
    made = await client.post("developer/api-keys", json=form, headers=headers)
    key = {"X-API-Key": made.json()["data"]["key"]}
    answer = await client.post("auth/email/verification", headers=key)

    assert (answer.status_code, answer.json()["code"]) == (403, "key_not_allowed")


async def test_another_address_is_unverified_and_its_owner_is_asked(
    client: httpx.AsyncClient, services: Services, work: Work, someone: Someone
) -> None:
    (token,) = verification_tokens(services, someone["email"])
    await verify(client, token)
    email = registration()["email"]
    answer = await _change(client, someone, email)
    assert answer.json()["data"]["email_verified"] is False
    await work()

    (new_token,) = verification_tokens(services, email)
    assert (await verify(client, new_token)).status_code == 200
    assert await _is_verified(client, someone)


async def test_the_old_address_is_told_of_the_change_and_not_of_the_new_one(
    client: httpx.AsyncClient, services: Services, work: Work, someone: Someone
) -> None:
    email = registration()["email"]
    await _change(client, someone, email)
    await work()

    assert subjects(services, someone["email"]) == [ASKED, "Your e-mail address was changed"]
    assert subjects(services, email) == [ASKED]
    assert email not in text_of(read_mails(services, someone["email"])[-1])


async def test_a_link_to_an_old_address_verifies_nothing(
    client: httpx.AsyncClient, services: Services, work: Work, someone: Someone
) -> None:
    (token,) = verification_tokens(services, someone["email"])
    await _change(client, someone, registration()["email"])
    before_the_mail = await verify(client, token)
    await work()

    for answer in (before_the_mail, await verify(client, token)):
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_link")
    assert not await _is_verified(client, someone)


async def test_a_change_that_keeps_the_address_keeps_its_proof(
    client: httpx.AsyncClient, services: Services, work: Work, someone: Someone
) -> None:
    (token,) = verification_tokens(services, someone["email"])
    await verify(client, token)
    change = {"bio": "Tape loops.", "email": someone["email"]}
    headers = bearer(someone["access_token"])
    assert (await client.put("users/me", json=change, headers=headers)).status_code == 200
    await work()

    assert await _is_verified(client, someone)
    assert subjects(services, someone["email"]) == [ASKED]


async def test_a_mail_to_an_address_that_changed_meanwhile_is_not_sent(
    client: httpx.AsyncClient, services: Services, work: Work
) -> None:
    someone = await sign_up(client)
    email = registration()["email"]
    await _change(client, someone, email)
    await work()

    assert subjects(services, someone["email"]) == ["Your e-mail address was changed"]
    assert subjects(services, email) == [ASKED]


async def test_a_new_owner_of_an_address_gets_their_own_mail(
    client: httpx.AsyncClient, services: Services, work: Work
) -> None:
    # Both mails wait at once, to the same address, for two members.
    first, second = await sign_up(client), await sign_up(client)
    email = registration()["email"]
    await _change(client, first, email)
    await _change(client, first, registration()["email"])
    assert (await _change(client, second, email)).status_code == 200
    await work()

    (token,) = verification_tokens(services, email)
    assert (await verify(client, token)).status_code == 200
    assert await _is_verified(client, second)
    assert not await _is_verified(client, first)


@pytest.mark.long
async def test_changing_addresses_cannot_flood_a_mailbox(
    client: httpx.AsyncClient, services: Services, work: Work
) -> None:
    stranger = registration()["email"]
    someone = await sign_up(client)
    for _ in range(7):
        for email in (stranger, registration()["email"]):
            assert (await _change(client, someone, email)).status_code == 200
            await work()

    found = subjects(services, stranger)
    assert found.count(ASKED) == 5
    assert found.count("Your e-mail address was changed") == 5


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": 1}, {"token": "x" * 201}, "x"])
async def test_an_invalid_verification_request_is_400(client: httpx.AsyncClient, body: Any) -> None:
    answer = await client.post("auth/email/verify", json=body)

    assert answer.status_code == 400


async def test_members_of_tests_are_unverified_by_default(
    client: httpx.AsyncClient, services: Services
) -> None:
    person = await make.person(services)
    answer = await client.get("users/me", headers=person.headers)

    assert answer.json()["data"]["email_verified"] is False
