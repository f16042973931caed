"""Second factors that are lost: removed by an admin, after a time in which members can object."""

import io
import re
import sys
from typing import Any

import httpx
import pytest

from tests import make
from tests.audited import events_by
from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    is_signed_in,
    sign_in,
    sign_up,
)
from tests.domains.auth.factors.steps import add_passkey, begin, enrol, let_proofs_age
from tests.domains.auth.recovery.mails import (
    NEXT,
    find_tokens,
    read_mails,
    reset_tokens,
    subjects,
    text_of,
)
from tests.fakes.authenticator import SoftKey
from veza.app.services import Services
from veza.cli import members
from veza.cli.main import _create_parser
from veza.core.access import Role
from veza.core.errors import CannotStart
from veza.core.ids import UserId, new_id
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.recovery.errors import NothingToRecover
from veza.domains.auth.recovery.jobs import complete_factor_recoveries
from veza.domains.auth.recovery.service import complete_factor_recovery
from veza.domains.platform.audit.service import record_change

_REASON = {"reason": "Lost the phone."}


async def _lose(
    client: httpx.AsyncClient, services: Services
) -> tuple[dict[str, Any], SoftKey, str, make.Person]:
    """Make a member with a passkey, and have an admin begin to remove it."""
    someone = await sign_up(client)
    key, _ = await add_passkey(client, bearer(someone["access_token"]))
    admin = await make.person(services, Role.ADMIN)
    path = f"admin/users/{someone['user']['id']}/factor-recovery"
    begun = await client.post(path, headers=admin.headers, json=_REASON)
    assert begun.status_code == 201, begun.text
    return someone, key, path, admin


async def _pass_days(services: Services, user_id: str, days: int) -> None:
    sql = "update factor_recoveries set due_at = due_at - $2 * interval '1 day' where user_id = $1"
    async with services.database.transaction(recorded=False) as tx:
        await tx.run(sql, user_id, days)
    await complete_factor_recoveries(services.database, services.login_context, record_change)


async def test_lost_factors_are_removed_after_three_days(
    client: httpx.AsyncClient, services: Services, work
) -> None:
    someone, _, path, admin = await _lose(client, services)
    user_id, email, headers = someone["user"]["id"], someone["email"], admin.headers
    shown = (await client.get(path, headers=headers)).json()["data"]
    assert shown["reason"] == _REASON["reason"]
    mine = await client.get("users/me/factors", headers=bearer(someone["access_token"]))
    assert mine.json()["data"]["recovery_due_at"] == shown["due_at"]
    await work()
    told = [mail for mail in read_mails(services, email) if "will be removed" in mail["Subject"]]
    assert re.search(r"on \d{4}-\d\d-\d\d, \d\d:\d\d UTC\.", text_of(told[0]))
    notes = await client.get("notifications", headers=bearer(someone["access_token"]))
    kinds = [note["kind"] for note in notes.json()["data"]["notifications"]]
    assert kinds == ["factor_recovery", "factor_added"]

    await _pass_days(services, user_id, 2)
    assert (await sign_in(client, email, PASSWORD)).status_code == 202
    await _pass_days(services, user_id, 1)
    assert not await is_signed_in(client, someone["access_token"])
    # The password is not enough, nor is it kept.
    assert (await sign_in(client, email, PASSWORD)).status_code == 401
    await work()
    reset = {"token": reset_tokens(services, email)[-1], "new_password": NEXT}
    assert (await client.post("auth/password/reset", json=reset)).is_success
    entered = await sign_in(client, email, NEXT)
    assert entered.status_code == 200
    fresh = bearer(entered.json()["data"]["access_token"])
    left = (await client.get("users/me/factors", headers=fresh)).json()["data"]
    assert (left["passkeys"], left["recovery_codes_left"]) == ([], 0)
    assert (await client.get(path, headers=headers)).json()["code"] == "no_factor_recovery"
    recorded = await events_by(services, resource=f"/api/v1/{path}")
    assert [(event.action, event.status) for event in recorded] == [
        ("begin_factor_recovery", 201),
        ("complete_factor_recovery", 200),
    ]


async def test_a_recovery_of_a_member_who_is_gone_ends_quietly(services: Services) -> None:
    gone = UserId(new_id())
    context = services.login_context
    await complete_factor_recovery(services.database, context, record_change, gone)


async def test_members_who_have_their_factor_keep_it(
    client: httpx.AsyncClient, services: Services, work
) -> None:
    someone, key, path, admin = await _lose(client, services)
    user_id, token = someone["user"]["id"], bearer(someone["access_token"])

    async def ended() -> bool:
        answer = await client.get(path, headers=admin.headers)
        return answer.status_code == 404

    async def begin_again() -> None:
        await let_proofs_age(services, user_id)
        assert (await client.post(path, headers=admin.headers, json=_REASON)).is_success

    signed = {"credential": key.get(await begin(client, "auth/login/passkey"))}
    assert (await client.post("auth/login/passkey", json=signed)).is_success
    assert await ended()
    await begin_again()
    proof = {"passkey": key.get(await begin(client, "auth/step-up", headers=token))}
    assert (await client.post("auth/step-up", headers=token, json=proof)).is_success
    assert await ended()
    await begin_again()
    assert (await client.delete("users/me/factors/recovery", headers=token)).is_success
    refused = await client.delete("users/me/factors/recovery", headers=token)
    assert refused.json()["code"] == "no_factor_recovery"
    await begin_again()
    assert (await client.delete(path, headers=admin.headers)).is_success
    assert await ended()
    await begin_again()
    await work()
    link = {"token": find_tokens(services, someone["email"], "not-me")[-1]}
    assert (await client.post("auth/not-me", json=link)).is_success
    assert await ended()
    await _pass_days(services, user_id, 4)
    assert (await client.post("auth/login/passkey/options")).is_success
    signed = {"credential": key.get(await begin(client, "auth/login/passkey"))}
    assert (await client.post("auth/login/passkey", json=signed)).is_success


async def test_one_recovery_is_begun_by_another_admin_with_a_recent_proof(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone, _, path, admin = await _lose(client, services)
    moderator = await make.person(services, Role.MODERATOR)
    plain = await make.person(services)
    for headers, target, code in (
        (admin.headers, path, "factor_recovery_exists"),
        (moderator.headers, path, "role_required"),
        (admin.headers, f"admin/users/{plain.id}/factor-recovery", "nothing_to_recover"),
        (admin.headers, f"admin/users/{admin.id}/factor-recovery", "own_factor_recovery"),
        (admin.headers, f"admin/users/{plain.member.session_id}/factor-recovery", "user_not_found"),
    ):
        refused = await client.post(target, headers=headers, json=_REASON)
        assert refused.json()["code"] == code, target
    for reason in ("", "  ", "x" * 1001):
        refused = await client.post(path, headers=admin.headers, json={"reason": reason})
        assert refused.status_code == 400
    await enrol(client, services, admin.headers, admin.id)
    await let_proofs_age(services, admin.id)
    due = await client.post(path, headers=admin.headers, json=_REASON)
    assert due.json()["code"] == "step_up_needed"
    # Without factors there is nothing left to remove.
    token = bearer(someone["access_token"])
    [passkey] = (await client.get("users/me/factors", headers=token)).json()["data"]["passkeys"]
    assert (await client.delete(f"users/me/passkeys/{passkey['id']}", headers=token)).is_success
    await _pass_days(services, someone["user"]["id"], 4)
    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 200


async def test_whoever_runs_the_server_removes_the_factors_of_an_only_admin(
    client: httpx.AsyncClient,
    services: Services,
    work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    someone, _, _, _ = await _lose(client, services)
    token, email, name = someone["access_token"], someone["email"], someone["username"]
    given = _create_parser().parse_args(["remove-factors", name])
    for typed in ("", "yes\n", f"{name}x\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(CannotStart, match="nothing was changed"):
            members.remove_factors(services.settings, given)
    assert await is_signed_in(client, token)

    told = await members.remove_factors_of(services, name)
    assert told.startswith(f"{name} has no second factor any more, and is signed out. They sign in")
    assert not await is_signed_in(client, token)
    entered = await sign_in(client, email, PASSWORD)
    assert entered.status_code == 200
    headers = bearer(entered.json()["data"]["access_token"])
    left = (await client.get("users/me/factors", headers=headers)).json()["data"]
    assert (left["passkeys"], left["recovery_codes_left"], left["recovery_due_at"]) == ([], 0, None)
    await work()
    assert "A second factor was removed" in subjects(services, email)
    with pytest.raises(NothingToRecover):
        await members.remove_factors_of(services, name)
    with pytest.raises(UserNotFound):
        await members.remove_factors_of(services, f"{name}x")
