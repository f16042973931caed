"""Deleting one's own account, at once or after a delay."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec import structs

from tests import make
from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    is_signed_in,
    open_client,
    registration,
    sign_in,
    sign_up,
)
from tests.http.apps import replaced
from veza.core.access import Member, Role
from veza.core.ids import UserId
from veza.domains.auth.accounts.errors import LastAdmin
from veza.domains.privacy import jobs, service


@pytest.fixture
async def client(services, app):
    async with open_client(services, app) as made:
        yield made


async def leave(client, token, password=PASSWORD):
    return await client.request(
        "DELETE", "users/me", headers=bearer(token), json={"password": password}
    )


async def test_deleting_signs_out_at_once_and_frees_name_and_address(client):
    someone = await sign_up(client)

    answer = await leave(client, someone["access_token"])

    assert answer.status_code == 200, answer.text
    assert not await is_signed_in(client, someone["access_token"])
    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 401
    again = registration(username=someone["username"], email=someone["email"])
    assert (await client.post("auth/register", json=again)).status_code == 201


async def test_concurrent_requests_delete_the_account_once(client):
    someone = await sign_up(client)
    answers = await asyncio.gather(*(leave(client, someone["access_token"]) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401]


async def test_the_last_admin_cannot_be_deleted(services):
    someone = await make.person(services, Role.ADMIN)
    context = services.personal_data
    async with services.database.transaction() as tx:
        hashed = await services.login_context.passwords.hash(PASSWORD)
        await tx.run("update users set password_hash = $1 where id = $2", hashed, someone.id)
        others = (
            "update users set role = 'moderator' where role = 'admin' and id <> $1 returning id"
        )
        admins = await tx.column(UUID, others, someone.id)
    try:
        with pytest.raises(LastAdmin):
            await service.delete_account(
                services.database,
                services.login_context,
                context,
                member=someone.member,
                password=PASSWORD,
            )
    finally:
        async with services.database.transaction() as tx:
            await tx.run("update users set role = 'admin' where id = any($1)", admins)


async def test_the_browser_forgets_its_tokens(client):
    someone = await sign_up(client)
    answer = await leave(client, someone["access_token"])
    set_cookies = answer.headers.get_list("set-cookie")
    assert len(set_cookies) == 3
    assert all("Max-Age=0" in cookie for cookie in set_cookies)


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper()])
async def test_a_wrong_password_deletes_nothing(client, password):
    someone = await sign_up(client)
    answer = await leave(client, someone["access_token"], password)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_password")
    assert await is_signed_in(client, someone["access_token"])


@pytest.mark.parametrize("body", [{}, {"password": None}, {"password": 1}, [], "x"])
async def test_without_a_password_nothing_is_deleted(client, body):
    someone = await sign_up(client)
    answer = await client.request(
        "DELETE", "users/me", headers=bearer(someone["access_token"]), json=body
    )
    assert answer.status_code == 400
    assert await is_signed_in(client, someone["access_token"])


async def test_guessing_the_password_is_limited(client):
    someone = await sign_up(client)
    for _ in range(10):
        await leave(client, someone["access_token"], "wrong")
    answer = await leave(client, someone["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_logins")
    assert await is_signed_in(client, someone["access_token"])


async def test_an_api_key_cannot_delete_an_account(client, services):
    someone = await make.person(services)
    headers = await make.key_headers(services, someone)
    answer = await client.request("DELETE", "users/me", headers=headers, json={"password": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "key_not_allowed")


async def test_a_seller_with_an_open_balance_cannot_be_deleted(client, services):
    someone = await sign_up(client)
    seller_id = UserId(UUID(someone["user"]["id"]))
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        seller = Member(seller_id, Role.CREATOR, None)
        await make.paid_order(tx, buyer.member, (seller, 1000))

    answer = await leave(client, someone["access_token"])

    assert (answer.status_code, answer.json()["code"]) == (409, "open_balance")
    assert await is_signed_in(client, someone["access_token"])


@pytest.fixture
def hesitating(app, services):
    """Let who leaves think better of it for a week."""
    with replaced(app, structs.replace(services.personal_data, deletion_delay=timedelta(days=7))):
        yield


async def is_over(services, user_id):
    """Let a member's week go by, and the clock look."""
    async with services.database.transaction() as tx:
        await tx.run("update pending_deletions set due_at = now() where user_id = $1", user_id)
    await jobs.enqueue_erasures(services.database)


async def test_a_pending_deletion_can_be_cancelled(client, services, hesitating, work):
    someone = await sign_up(client)
    answer = await leave(client, someone["access_token"])
    assert answer.json()["data"]["due_at"] is not None
    assert not await is_signed_in(client, someone["access_token"])

    again = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
    headers = bearer(again["access_token"])
    pending = (await client.get("users/me/deletion", headers=headers)).json()["data"]
    assert pending == {"due_at": answer.json()["data"]["due_at"]}
    assert (await client.post("users/me/stay", headers=headers)).status_code == 200
    pending = (await client.get("users/me/deletion", headers=headers)).json()["data"]
    assert pending == {"due_at": None}
    answer = await client.post("users/me/stay", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_leaving")
    await is_over(services, someone["user"]["id"])
    await work()
    assert await is_signed_in(client, again["access_token"])


async def test_a_pending_deletion_is_carried_out_when_due(client, services, hesitating, work):
    someone = await sign_up(client)
    await leave(client, someone["access_token"])
    await work()
    again = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
    first, second = [
        (await leave(client, token)).json().get("data")
        for token in (again["access_token"], someone["access_token"])
    ]
    assert (first["due_at"] is not None, second) == (True, None)

    await is_over(services, someone["user"]["id"])
    await work()

    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 401


async def test_a_due_deletion_with_an_open_balance_is_postponed_by_a_day(
    client, services, hesitating, work
):
    someone = await sign_up(client)
    await leave(client, someone["access_token"])
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        seller = Member(UserId(UUID(someone["user"]["id"])), Role.CREATOR, None)
        await make.paid_order(tx, buyer.member, (seller, 1000))

    await is_over(services, someone["user"]["id"])
    await work()

    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 200
    async with services.database.read() as conn:
        sql = (
            "select due_at > now() + interval '23 hours' from pending_deletions where user_id = $1"
        )
        assert await conn.value(bool, sql, someone["user"]["id"])
