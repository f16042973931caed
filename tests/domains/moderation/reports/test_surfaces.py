"""Suspending one member, many at once, or by a report: refused and allowed alike."""

from typing import NamedTuple

import pytest

from tests import make
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.auth.accounts import shared_queries as account_queries


class Outcome(NamedTuple):
    """The refusal of each way to suspend a member, or None; and whether they were suspended."""

    single: str | None
    bulk: str | None
    report: str | None
    suspends: bool = False


ALLOWED = Outcome(None, None, None, suspends=True)
PENDING = Outcome("approval_pending", "awaiting_approval", "approval_pending")
NEEDS_ADMIN = Outcome("role_required", "role_required", "ban_needs_admin")
OUTCOMES = {
    "user": ALLOWED,
    "creator": ALLOWED,
    "moderator": ALLOWED,
    "admin": Outcome("admin_protected", "admin", "admin_protected"),
    "self": Outcome("own_account", "yourself", "own_case"),
    "waiting": PENDING,
    "declined": PENDING,
    # The report is resolved; the first reason stays.
    "suspended": Outcome("already_suspended", "already_suspended", None),
}
_STATES = {"waiting": "waiting", "declined": "declined"}


async def put(services: Services, person: make.Person, kind: str) -> None:
    """Bring a member into the state of a case."""
    if kind == "suspended":
        await make.suspended(services, person, "Before.")
    if kind in _STATES:
        async with services.database.transaction() as tx:
            await account_queries.update_waiting(tx, person.id)
            sql = "update users set approval = $2 where id = $1"
            await tx.run(sql, person.id, _STATES[kind])


async def in_bulk(client, caller, person) -> str | None:
    """Suspend a member by a preview and its run; return why they were left out."""
    form = {"action": "suspend", "reason": "Enough.", "user_ids": [str(person.id)]}
    answer = await client.post("admin/bulk/members/preview", json=form, headers=caller.headers)
    if answer.status_code != 200:
        return answer.json()["code"]
    shown = answer.json()["data"]
    body = {"token": shown["token"]}
    done = await client.post("admin/bulk/members", json=body, headers=caller.headers)
    assert done.json()["data"]["applied"] == shown["affected"]
    return shown["members"][0]["skipped"]


@pytest.mark.parametrize("caller_role", [Role.MODERATOR, Role.ADMIN])
@pytest.mark.parametrize("kind", OUTCOMES)
async def test_every_way_to_suspend_has_the_same_outcome(
    client, services, report, judge, reporter, caller_role, kind
):
    caller = await make.person(services, caller_role)
    role = Role(kind) if kind in set(Role) else Role.USER
    people = [caller if kind == "self" else await make.person(services, role) for _ in range(3)]
    made = (await report(reporter, "user", people[2].id)).json()["data"]["id"]
    for person in people:
        await put(services, person, kind)
    sql = "select suspension_reason is not distinct from 'Enough.' from users where id = $1"

    path = f"admin/users/{people[0].id}/suspend"
    single = await client.post(path, headers=caller.headers, json={"reason": "Enough."})
    skipped = await in_bulk(client, caller, people[1])
    judged = await judge(caller, made, "ban", reason="Enough.")

    async with services.database.read() as conn:
        suspended = {await conn.value(bool, sql, person.id) for person in people}
    expected = OUTCOMES[kind] if caller_role is Role.ADMIN else NEEDS_ADMIN
    if caller_role is Role.MODERATOR and kind == "self":
        expected = expected._replace(report="own_case")
    codes = (single.json().get("code"), skipped, judged.json().get("code"))
    assert (*codes, *suspended) == expected
