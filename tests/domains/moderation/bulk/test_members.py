"""Suspending many members: what the preview shows is done, once, and recorded for each."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec import structs

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.moderation.bulk import queries, rules
from veza.domains.moderation.bulk.errors import BulkTokenRefused
from veza.domains.moderation.bulk.models import BulkAction, SignedSelection
from veza.domains.moderation.bulk.service import BulkTokens

PREVIEW, RUN = "admin/bulk/members/preview", "admin/bulk/members"


@pytest.fixture(scope="module")
async def admin(services: Services) -> Person:
    return await make.person(services, Role.ADMIN)


async def people(services: Services, count: int) -> list[Person]:
    return [await make.person(services) for _ in range(count)]


async def ask(client: httpx.AsyncClient, by: Person, **body: Any) -> dict[str, Any]:
    form = {"action": "suspend", "reason": "Spam."} | body
    answer = await client.post(PREVIEW, json=form, headers=by.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def execute(client: httpx.AsyncClient, by: Person, token: str) -> httpx.Response:
    return await client.post(RUN, json={"token": token}, headers=by.headers)


async def suspended_ids(services: Services, members: list[Person]) -> set[str]:
    sql = "select id from users where id = any($1) and suspended_at is not null"
    async with services.database.read() as conn:
        found = await conn.column(UUID, sql, [one.id for one in members])
        return {str(each) for each in found}


async def test_exactly_what_was_previewed_is_done_and_recorded(
    client: httpx.AsyncClient, services: Services, admin: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rules, "BATCH", 2)
    others = await people(services, 3)
    other_admin = await make.person(services, Role.ADMIN)
    gone, before = str(new_id()), (await people(services, 1))[0]
    await make.suspended(services, before)
    async with services.database.transaction() as tx:
        await make.post(tx, others[0].member)
    ids = [str(each.id) for each in (*others, other_admin, admin, before)]
    shown = await ask(client, admin, user_ids=[*ids, gone, ids[0]])

    assert (shown["affected"], shown["posts_count"], shown["sessions_count"]) == (3, 1, 3)
    assert shown["skipped"] == {
        "admin": 1,
        "yourself": 1,
        "already_suspended": 1,
        "not_found": 1,
    }
    assert {each["id"]: each["skipped"] for each in shown["members"]} == dict.fromkeys(ids[:3]) | {
        ids[3]: "admin",
        ids[4]: "yourself",
        ids[5]: "already_suspended",
    }
    assert not await suspended_ids(services, others)

    # Whoever changed meanwhile is left out; whoever was not shown is not touched.
    async with services.database.transaction() as tx:
        await tx.run("update users set role = 'admin' where id = $1", others[2].id)
    done = await execute(client, admin, shown["token"])
    result = {"action": "suspend", "total": 3, "applied": 2, "skipped": {"admin": 1}}
    assert done.json()["data"] == result
    assert await suspended_ids(services, others) == set(ids[:2])
    assert (await client.get("users/me", headers=others[0].headers)).status_code == 401
    sanctions = await client.get(f"admin/users/{ids[0]}/sanctions", headers=admin.headers)
    (sanction,) = sanctions.json()["data"]["sanctions"]
    assert (sanction["action"], sanction["reason"]) == ("ban", "Spam.")
    for each in ids[:2]:
        query = {"resource": f"/api/v1/admin/users/{each}/suspend"}
        listed = await client.get("admin/audit", params=query, headers=admin.headers)
        (event,) = listed.json()["data"]["events"]
        assert (event["action"], event["user_id"]) == ("suspend_user", str(admin.id))
    # Sent again, it answers the same and does nothing.
    async with services.database.transaction() as tx:
        sql = "update users set suspended_at = null, suspension_reason = null where id = $1"
        await tx.run(sql, others[0].id)
    assert (await execute(client, admin, shown["token"])).json()["data"] == result
    assert await suspended_ids(services, others) == {ids[1]}


async def test_it_goes_on_after_an_interruption_and_runs_once_at_the_same_time(
    client: httpx.AsyncClient, services: Services, admin: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rules, "BATCH", 1)
    others = await people(services, 4)
    ids = [str(each.id) for each in others]
    token = (await ask(client, admin, user_ids=ids))["token"]
    update, calls = queries.update_run, 0

    async def fail_at_second(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise BulkTokenRefused
        await update(*args)

    with monkeypatch.context() as broken:
        broken.setattr(queries, "update_run", fail_at_second)
        assert (await execute(client, admin, token)).status_code == 409
    assert len(await suspended_ids(services, others)) == 1

    answers = await asyncio.gather(*(execute(client, admin, token) for _ in range(3)))
    assert [each.json()["data"]["applied"] for each in answers] == [4] * 3
    assert len(await suspended_ids(services, others)) == 4
    async with services.database.read() as conn:
        sql = "select count(*) from moderation_actions where user_id = any($1)"
        assert await conn.value(int, sql, [each.id for each in others]) == 4
    # Back again, by the same way.
    lifted = await ask(client, admin, action="unsuspend", user_ids=ids)
    assert (lifted["affected"], lifted["skipped"]) == (4, {})
    await execute(client, admin, lifted["token"])
    assert not await suspended_ids(services, others)


async def test_members_are_selected_by_time_mail_domain_and_silence(
    client: httpx.AsyncClient, services: Services, admin: Person
):
    others = await people(services, 4)
    domain = f"d{new_id().hex}.example"
    # Nobody else has signed up then, not even in an earlier run of this test.
    start = now() - timedelta(days=400 + new_id().int % 9_000)
    async with services.database.transaction() as tx:
        for number, (person, host) in enumerate(
            zip(others, (domain, f"mx.{domain}", f"x{domain}", domain), strict=True)
        ):
            sql = "update users set email = $2, created_at = $3 where id = $1"
            at = start + timedelta(hours=number)
            await tx.run(sql, person.id, f"{person.username}@{host}", at)
        await make.post(tx, others[3].member)

    async def found(**wanted: Any) -> set[str]:
        named = {"mail_domain": domain.upper(), "registered_from": start.isoformat()} | wanted
        shown = await ask(client, admin, filter=named)
        assert shown["affected"] == len(shown["members"])
        return {each["username"] for each in shown["members"]}

    names = [each.username for each in others]
    assert await found() == {names[0], names[1], names[3]}
    assert await found(without_posts=True) == {names[0], names[1]}
    assert await found(registered_until=_at(start, 1)) == {names[0]}
    assert await found(registered_from=_at(start, 1)) == {names[1], names[3]}
    assert await found(mail_domain=None, registered_until=_at(start, 3)) == set(names[:3])
    await make.suspended(services, others[0])
    assert await found() == {names[1], names[3]}


def _at(start: datetime, hours: int) -> str:
    return (start + timedelta(hours=hours)).isoformat()


SOMEBODY = "0198c0de-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "user_ids"),
        ({"filter": {"without_posts": True}}, "filter.registered_from"),
        ({"user_ids": [SOMEBODY], "filter": {"mail_domain": "a.example"}}, "user_ids"),
        ({"user_ids": [SOMEBODY] * 501}, "user_ids"),
        ({"user_ids": [SOMEBODY], "reason": " "}, "reason"),
    ],
)
async def test_a_selection_that_could_be_everybody_is_refused(
    client: httpx.AsyncClient, admin: Person, body: dict[str, Any], field: str
):
    form = {"action": "suspend", "reason": "Spam."} | body
    answer = await client.post(PREVIEW, json=form, headers=admin.headers)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == field


async def test_a_token_is_bound_to_its_caller_its_kind_and_ten_minutes(
    client: httpx.AsyncClient, services: Services, app: Any, admin: Person
):
    (victim,) = await people(services, 1)
    other_admin = await make.person(services, Role.ADMIN)
    token = (await ask(client, admin, user_ids=[str(victim.id)]))["token"]
    head, body, signature = token.split(".")
    tokens: BulkTokens = app.state.services.get(BulkTokens)
    expired = structs.replace(tokens)
    expired.signer.lifetime, lifetime = timedelta(minutes=-10), expired.signer.lifetime
    ids = rules.pack_ids([victim.id])
    old, _ = expired.sign(SignedSelection(admin.id, BulkAction.SUSPEND, "Spam.", ids))
    expired.signer.lifetime = lifetime

    for by, sent, path in (
        (other_admin, token, RUN),
        (admin, token, "admin/bulk/reports"),
        (admin, old, RUN),
        (admin, f"{head}.{body[:-4]}AAAA.{signature}", RUN),
        (admin, admin.token, RUN),
        (admin, "x", RUN),
    ):
        answer = await client.post(path, json={"token": sent}, headers=by.headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "bulk_token_refused")
    assert not await suspended_ids(services, [victim])
