"""Erasure of suspended members by admins."""

import asyncio
from uuid import UUID

import pytest

from tests import make
from tests.domains.auth.accounts.people import bearer, open_client, sign_up
from tests.make import Person
from veza.core.access import Role
from veza.core.ids import UserId, new_id
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.privacy import service

REASON = {"reason": "Spam, and nothing else."}


@pytest.fixture
def erase(client, admin):
    async def delete(user_id, body=REASON, by: Person = admin):
        return await client.request(
            "DELETE", f"admin/users/{user_id}", headers=by.headers, json=body
        )

    return delete


@pytest.fixture
async def suspended(services) -> Person:
    person = await make.person(services)
    await make.suspended(services, person)
    return person


async def exists(services, user_id) -> bool:
    async with services.database.read() as conn:
        return bool(await conn.value(int, "select 1 from users where id = $1", user_id))


async def test_a_suspended_member_is_erased_once_and_the_reason_is_kept(
    client, services, admin, erase, suspended
):
    answers = await asyncio.gather(*(erase(suspended.id) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [200, 404, 404]
    assert not await exists(services, suspended.id)
    listed = await client.get("admin/erasures?limit=1", headers=admin.headers)
    [latest] = listed.json()["data"]["erasures"]
    assert (latest["reason"], latest["decided_by"]) == (REASON["reason"], str(admin.id))
    assert str(suspended.id) not in listed.text


async def test_only_suspended_members_can_be_erased(services, admin, erase):
    member, other_admin = await make.person(services), await make.person(services, Role.ADMIN)
    for person in (member, other_admin):
        answer = await erase(person.id)
        assert (answer.status_code, answer.json()["code"]) == (409, "member_not_suspended")
        assert await exists(services, person.id)
    await make.suspended(services, member)
    await make.unsuspended(services, member)
    assert (await erase(member.id)).status_code == 409


async def test_admins_cannot_erase_themselves(services, admin, erase):
    answer = await erase(admin.id)
    assert (answer.status_code, answer.json()["code"]) == (409, "own_erasure")
    assert await exists(services, admin.id)


async def test_an_admin_who_is_erased_meanwhile_erases_nobody(services, tx, suspended):
    gone, _ = await make.member_in(tx, Role.ADMIN)
    await tx.run("delete from users where id = $1", gone.id)
    with pytest.raises(InvalidToken):
        await service.erase_suspended(
            tx, services.personal_data, user_id=UserId(suspended.id), admin=gone, reason="Spam"
        )


@pytest.mark.parametrize("role", [Role.USER, Role.CREATOR, Role.MODERATOR])
async def test_only_admins_erase_members(client, services, erase, suspended, role):
    person = await make.person(services, role)
    assert (await erase(suspended.id, by=person)).status_code == 403
    listed = await client.get("admin/erasures", headers=person.headers)
    assert listed.status_code == 403
    key = await make.key_headers(services, await make.person(services, Role.ADMIN))
    answer = await client.request("DELETE", f"admin/users/{suspended.id}", headers=key, json=REASON)
    assert (answer.status_code, answer.json()["code"]) == (403, "key_not_allowed")
    assert await exists(services, suspended.id)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": None}, []])
async def test_an_erasure_needs_a_reason(services, erase, suspended, body):
    assert (await erase(suspended.id, body)).status_code == 400
    assert await exists(services, suspended.id)


async def test_a_member_who_is_not_there_is_404(erase):
    answer = await erase(new_id())
    assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")


async def test_a_suspended_seller_with_an_open_balance_is_not_erased(services, erase):
    seller, buyer = await make.person(services, Role.CREATOR), await make.person(services)
    async with services.database.transaction() as tx:
        await make.paid_order(tx, buyer.member, (seller.member, 1000))
    await make.suspended(services, seller)

    answer = await erase(seller.id)

    assert (answer.status_code, answer.json()["code"]) == (409, "open_balance")
    assert await exists(services, seller.id)


async def test_what_was_reported_of_them_names_nobody_afterwards(services, app, admin, erase):
    async with open_client(services, app) as client:
        accused = await sign_up(client)
        reporter = await make.person(services)
        accused_id = UserId(UUID(accused["user"]["id"]))
        post = await client.post(
            "social/posts",
            headers=bearer(accused["access_token"]),
            json={"content": f"Buy at {accused['username']}"},
        )
        report = await client.post(
            "reports",
            headers=reporter.headers,
            json={
                "content_type": "post",
                "content_id": post.json()["data"]["id"],
                "reason": f"{accused['username']} sells",
            },
        )
        assert report.status_code in {200, 201}, report.text
        await client.post(
            f"admin/users/{accused_id}/suspend",
            headers=admin.headers,
            json={"reason": f"{accused['username']} is banned"},
        )
        assert (await erase(accused_id)).status_code == 200

    async with services.database.read() as conn:
        words = await conn.column(
            str,
            """
            select r::text from reports r where r.id = $1
             union all
            select e::text from report_entries e where e.report_id = $1
             union all
            select s::text from moderation_actions s where s.user_id = $2
            """,
            UUID(report.json()["data"]["id"]),
            accused_id,
        )
    assert words
    assert not [text for text in words if accused["username"] in text or str(accused_id) in text]


async def test_the_audit_names_the_admin_and_not_the_erased_member(
    client, services, admin, erase, suspended
):
    assert (await erase(suspended.id)).status_code == 200

    found = await client.get(
        f"admin/audit?user_id={admin.id}&action=erase_user", headers=admin.headers
    )
    [event] = found.json()["data"]["events"]
    assert (event["status"], event["log"]) == (200, "admin")
    assert str(suspended.id) not in found.text


async def test_erasing_the_admin_removes_them_from_erasures(client, services, erase):
    first, second = [await make.person(services, Role.ADMIN) for _ in range(2)]
    person = await make.person(services)
    await make.suspended(services, person)
    reason = {"reason": f"Reason {person.id.hex[:8]}"}
    assert (await erase(person.id, reason, by=first)).status_code == 200
    await make.suspended(services, first)
    assert (await erase(first.id, by=second)).status_code == 200

    listed = await client.get("admin/erasures", headers=second.headers)
    entries = {one["reason"]: one["decided_by"] for one in listed.json()["data"]["erasures"]}
    assert entries[reason["reason"]] is None
