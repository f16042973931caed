"""Each way to suspend a member, or to lift it, needs the same recent proof of identity."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests import make
from tests.domains.auth.factors.steps import let_proofs_age
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import ModerationActionId
from veza.domains.moderation.appeals import service as cases
from veza.domains.moderation.appeals.models import AppealForm
from veza.domains.moderation.takedowns.models import AppealSettings

type Send = Callable[[], Awaitable[httpx.Response]]


@pytest.fixture
async def other_admin(services: Services) -> Person:
    return await make.person(services, Role.ADMIN)


async def _ensure_proof_is_asked_for(services: Services, staff: Person, send: Send) -> None:
    """Send a request with an old proof, which is refused, and with a new one, which is not."""
    await let_proofs_age(services, staff.id)
    refused = await send()
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_needed")
    await let_proofs_age(services, staff.id, -11)
    passed = await send()
    assert passed.is_success, passed.text


async def _is_suspended(services: Services, someone: Person) -> bool:
    async with services.database.read() as conn:
        sql = "select suspended_at is not null from users where id = $1"
        return bool(await conn.value(bool, sql, someone.id))


def _post(client: httpx.AsyncClient, staff: Person, path: str, body: dict[str, Any]) -> Send:
    return lambda: client.post(path, headers=staff.headers, json=body)


async def _preview(client: httpx.AsyncClient, staff: Person, action: str, on: Person) -> str:
    body = {"action": action, "reason": "Spam.", "user_ids": [str(on.id)]}
    answer = await client.post("admin/bulk/members/preview", headers=staff.headers, json=body)
    return answer.json()["data"]["token"]


async def test_many_are_suspended_and_let_back_with_a_proof(
    client: httpx.AsyncClient, services: Services, admin: Person, author: Person
) -> None:
    for action in ("suspend", "unsuspend"):
        token = {"token": await _preview(client, admin, action, author)}
        run = _post(client, admin, "admin/bulk/members", token)
        await _ensure_proof_is_asked_for(services, admin, run)
        assert await _is_suspended(services, author) is (action == "suspend")


async def test_one_is_suspended_and_let_back_with_a_proof(
    client: httpx.AsyncClient, services: Services, admin: Person, author: Person
) -> None:
    for action in ("suspend", "unban"):
        path = f"admin/users/{author.id}/{action}"
        send = _post(client, admin, path, {"reason": "Spam."})
        await _ensure_proof_is_asked_for(services, admin, send)
        assert await _is_suspended(services, author) is (action == "suspend")


async def test_a_report_ends_in_a_suspension_with_a_proof_and_else_without(
    client: httpx.AsyncClient, services: Services, admin: Person, author: Person, report, reporter
) -> None:
    for action in ("ban", "warn"):
        made = (await report(reporter, "user", author.id)).json()["data"]["id"]
        send = _post(client, admin, f"admin/reports/{made}/resolve", {"action": action})
        if action == "ban":
            await _ensure_proof_is_asked_for(services, admin, send)
            assert await _is_suspended(services, author)
            await make.unsuspended(services, author)
        else:
            await let_proofs_age(services, admin.id)
            assert (await send()).is_success


async def test_an_appeal_lifts_a_suspension_with_a_proof_and_is_turned_down_without(
    client: httpx.AsyncClient, services: Services, admin: Person, author: Person, other_admin
) -> None:
    for outcome in ("reverse", "uphold"):
        path = f"admin/users/{author.id}/suspend"
        assert (await _post(client, other_admin, path, {"reason": "Spam."})()).is_success
        appeal_id = await _appeal(services, author)
        body = {"outcome": outcome, "reason": "Convincing."}
        send = _post(client, admin, f"admin/appeals/{appeal_id}/decide", body)
        if outcome == "reverse":
            await _ensure_proof_is_asked_for(services, admin, send)
            assert not await _is_suspended(services, author)
        else:
            await let_proofs_age(services, admin.id)
            assert (await send()).is_success


async def _appeal(services: Services, author: Person) -> object:
    """Appeal against the newest sanction of a member; return the appeal's id."""
    async with services.database.transaction() as tx:
        sql = "select max(id::text)::uuid from moderation_actions where user_id = $1"
        sanction_id = await tx.value(ModerationActionId, sql, author.id)
        assert sanction_id is not None
        await cases.appeal(
            tx,
            AppealSettings(timedelta(days=30)),
            sanction_id,
            form=AppealForm("It is mine."),
            granted=True,
        )
        sql = "select id from appeals where action_id = $1"
        return await tx.value(ModerationActionId, sql, sanction_id)
