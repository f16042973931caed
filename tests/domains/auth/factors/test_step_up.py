"""Changes that need a proof of identity within ten minutes, and sessions that may only enrol."""

from typing import Any

import httpx
from litestar import Litestar
from msgspec import structs

from tests import make
from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    open_client,
    refresh,
    sign_in,
    sign_up,
)
from tests.domains.auth.factors.steps import current_code, enrol, let_code_pass, let_proofs_age
from tests.domains.subsonic.players import http_client
from tests.http.apps import assemble
from veza.app.services import Services
from veza.app.settings.setting_types import FactorGroup
from veza.app.sign_in import find_policy
from veza.core.access import Role
from veza.core.ids import new_id
from veza.core.step_up import FactorsRequired
from veza.domains.auth.app_passwords.service import AppPasswords
from veza.domains.auth.sessions.models import Proof

# What needs a factor of those who have one. None of these is valid otherwise: nothing changes.
_CHANGES = [
    (
        "PUT",
        "users/me/password",
        {"current_password": "x", "new_password": "long enough, isn't it"},
    ),
    ("PUT", "users/me", {"email": "new@example.com", "current_password": "x"}),
    ("DELETE", "users/me", {"password": "x"}),
    (
        "POST",
        "developer/api-keys",
        {"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"},
    ),
    ("DELETE", f"developer/api-keys/{new_id()}", None),
    ("POST", "users/me/app-passwords", {"name": " "}),
    ("DELETE", f"users/me/app-passwords/{new_id()}", None),
    ("DELETE", "users/me/factors/totp", None),
    ("POST", "users/me/factors/recovery-codes", None),
    ("POST", "sell/connect/onboard", None),
]

# What a stolen session of an admin must not do. None of these is valid otherwise, either.
_ADMIN_CHANGES = [
    ("PUT", f"admin/users/{new_id()}/role", {"role": "admin"}),
    ("POST", f"admin/users/{new_id()}/suspend", {"reason": "x"}),
    ("POST", f"admin/users/{new_id()}/unban", {"reason": "x"}),
    ("POST", "admin/bulk/members", {"token": "x"}),
    ("DELETE", f"admin/users/{new_id()}", {"reason": "x"}),
    ("POST", f"admin/users/{new_id()}/factor-recovery", {"reason": "x"}),
    ("PUT", "admin/maintenance", {}),
    ("PUT", "admin/sign-up", {}),
    ("POST", "admin/mail-domains", {}),
    ("DELETE", "admin/mail-domains/unlisted.example", None),
    ("POST", f"admin/refunds/{new_id()}/resolve", {"outcome": "made", "evidence": "x"}),
    ("POST", "admin/backups", None),
]


async def _codes(
    client: httpx.AsyncClient, headers: dict[str, str], count: int = 7, changes: Any = _CHANGES
) -> list[str]:
    """Try changes; return the codes of the refusals."""
    answers = [
        await client.request(method, path, headers=headers, json=body)
        for method, path, body in changes[:count]
    ]
    return [answer.json().get("code", "") for answer in answers]


async def test_changes_need_a_recent_factor_of_those_who_have_one(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    user_id, headers = someone["user"]["id"], bearer(someone["access_token"])
    await let_proofs_age(services, user_id)
    # Without factors all goes on as ever, whenever one signed in; but for setting up a factor.
    assert "step_up_needed" not in await _codes(client, headers)
    begun = await client.post("users/me/factors/totp", headers=headers)
    assert begun.json()["code"] == "step_up_needed"
    wrong = await client.post("auth/step-up", headers=headers, json={"password": "x"})
    assert wrong.json()["code"] == "wrong_password"
    proved = await client.post("auth/step-up", headers=headers, json={"password": PASSWORD})
    assert proved.status_code == 200, proved.text

    secret, recovery = await enrol(client, services, headers, user_id)
    assert "step_up_needed" not in await _codes(client, headers)
    await let_proofs_age(services, user_id)
    assert await _codes(client, headers, len(_CHANGES)) == ["step_up_needed"] * len(_CHANGES)
    refused = await client.post("auth/step-up", headers=headers, json={"password": PASSWORD})
    assert refused.json()["code"] == "wrong_factor"
    used = {"code": current_code(secret)}
    assert (await client.post("auth/step-up", headers=headers, json=used)).is_success
    assert "step_up_needed" not in await _codes(client, headers)
    assert (await client.post("auth/step-up", headers=headers, json=used)).status_code == 403
    await let_proofs_age(services, user_id)
    given = {"recovery_code": recovery[0]}
    assert (await client.post("auth/step-up", headers=headers, json=given)).is_success


async def test_admins_prove_again_before_what_a_stolen_session_must_not_do(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    user_id, count = someone["user"]["id"], len(_ADMIN_CHANGES)
    await _give_role(services, user_id, Role.ADMIN)
    renewed = (await refresh(client, someone["refresh_token"])).json()["data"]
    headers = bearer(renewed["access_token"])
    await let_proofs_age(services, user_id)
    refused = await _codes(client, headers, count, _ADMIN_CHANGES)
    assert refused == ["step_up_needed"] * count
    # Reading, and what is decided each minute, goes on.
    assert (await client.get("admin/users", headers=headers)).is_success
    path = f"admin/sign-up/requests/{new_id()}/accept"
    waiting = await client.post(path, headers=headers)
    assert waiting.json()["code"] == "sign_up_request_not_found"
    proof = {"password": PASSWORD}
    assert (await client.post("auth/step-up", headers=headers, json=proof)).is_success
    passed = await _codes(client, headers, count, _ADMIN_CHANGES)
    assert "step_up_needed" not in passed
    assert all(passed)
    # Whoever is no admin is asked for no proof.
    member = await make.person(services)
    await let_proofs_age(services, member.id)
    assert set(await _codes(client, member.headers, count, _ADMIN_CHANGES)) == {"role_required"}


async def test_a_password_proves_again_after_the_last_factor_was_removed(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    user_id, headers = someone["user"]["id"], bearer(someone["access_token"])
    await enrol(client, services, headers, user_id)
    assert (await client.delete("users/me/factors/totp", headers=headers)).is_success
    await let_proofs_age(services, user_id)
    proved = await client.post("auth/step-up", headers=headers, json={"password": PASSWORD})
    assert proved.is_success, proved.text
    await enrol(client, services, headers, user_id)


async def test_factors_are_removed_with_their_recovery_codes(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    client.cookies.clear()  # Another browser signs in below.
    headers = bearer(someone["access_token"])
    nothing = await client.post("users/me/factors/recovery-codes", headers=headers)
    assert nothing.json()["code"] == "no_factors"
    none = await client.post("users/me/factors/totp/confirm", headers=headers, json={"code": "1"})
    assert none.json()["code"] == "no_totp_begun"

    _, codes = await enrol(client, services, headers, someone["user"]["id"])
    assert (await client.post("users/me/factors/totp", headers=headers)).json()[
        "code"
    ] == "totp_exists"
    renewed = await client.post("users/me/factors/recovery-codes", headers=headers)
    assert not set(codes) & set(renewed.json()["data"]["recovery_codes"])
    old = await client.post("auth/step-up", headers=headers, json={"recovery_code": codes[0]})
    assert old.json()["code"] == "wrong_factor"

    assert (await client.delete("users/me/factors/totp", headers=headers)).is_success
    shown = (await client.get("users/me/factors", headers=headers)).json()["data"]
    assert shown == {
        "totp": None,
        "passkeys": [],
        "recovery_codes_left": 0,
        "recovery_due_at": None,
        "must_enrol": False,
    }
    assert "access_token" in (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
    gone = await client.delete("users/me/factors/totp", headers=headers)
    assert gone.json()["code"] == "factor_not_found"


def _assemble_strict(services: Services) -> Litestar:
    """Return an application where admins must have a second factor."""
    settings = structs.replace(services.settings, second_factors_for=[FactorGroup.ADMINS])
    former = services.login_context
    factors = structs.replace(former.factors, is_required=find_policy(settings))
    context = structs.replace(former, factors=factors)
    passwords = AppPasswords(services.database, factors, context.attempts)
    strict = structs.replace(services, login_context=context, app_passwords=passwords)
    return assemble(strict)[0]


async def test_who_must_have_a_factor_may_only_set_one_up(services: Services) -> None:
    async with open_client(services, _assemble_strict(services)) as client:
        someone = await sign_up(client)
        user_id = someone["user"]["id"]
        assert (await client.get("sessions", headers=bearer(someone["access_token"]))).is_success
        await _give_role(services, user_id, Role.ADMIN)

        limited = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
        assert set(limited) == {"access_token", "refresh_token", "expires_in", "user"}
        headers = bearer(limited["access_token"])
        for path in ("admin/users", "sessions", "tracks", "users/me/app-passwords"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 403, answer.text
            assert answer.json()["code"] == "second_factor_required"
        assert (await client.get("users/me", headers=headers)).is_success

        secret, _ = await enrol(client, services, headers, user_id)
        full = (await refresh(client, limited["refresh_token"])).json()["data"]
        answer = await client.get("admin/users", headers=bearer(full["access_token"]))
        assert answer.is_success, answer.text
        challenge = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]["challenge"]
        await let_code_pass(services, user_id)
        given = {"challenge": challenge, "code": current_code(secret)}
        entered = (await client.post("auth/login/factor", json=given)).json()["data"]
        assert (await client.get("admin/users", headers=bearer(entered["access_token"]))).is_success


async def test_keys_and_app_passwords_go_on_without_a_factor(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    key = await make.key_headers(services, owner)
    await enrol(client, services, owner.headers, owner.id)
    await let_proofs_age(services, owner.id)
    assert (await client.get("users/me", headers=key)).is_success
    refused = await client.get("users/me/factors", headers=key)
    assert refused.json()["code"] == "key_not_allowed"


async def test_keys_and_app_passwords_wait_for_a_factor_that_must_be_set_up(
    services: Services,
) -> None:
    strict = _assemble_strict(services)
    async with open_client(services, strict) as client, http_client(strict) as player:
        someone = await sign_up(client)
        user_id, headers = someone["user"]["id"], bearer(someone["access_token"])
        async with services.database.transaction() as tx:
            key = {"X-API-Key": (await make.key_in(tx, user_id)).key}
            phone = (await make.app_password_in(services, tx, user_id)).app_password

        async def try_both() -> tuple[str, str]:
            by_key = await client.get("tracks", headers=key)
            given = {"u": someone["user"]["username"], "p": phone, "f": "json"}
            answer = await player.get("ping", params=given)
            by_phone = answer.json()["subsonic-response"]
            return by_key.json().get("code", ""), by_phone.get("error", {}).get("message", "ok")

        assert await try_both() == ("", "ok")
        await _give_role(services, user_id, Role.ADMIN)
        refused = ("second_factor_required", FactorsRequired.message)
        assert await try_both() == refused
        # A second factor at a provider that counts spares the set-up, as it does for sessions.
        sql = "update sessions set proof = $2 where user_id = $1"
        async with services.database.transaction(recorded=False) as tx:
            await tx.run(sql, user_id, Proof.PROVIDER)
        assert await try_both() == ("", "ok")
        async with services.database.transaction(recorded=False) as tx:
            await tx.run(sql, user_id, Proof.PASSWORD)
        assert await try_both() == refused
        await enrol(client, services, headers, user_id)
        assert await try_both() == ("", "ok")


async def _give_role(services: Services, user_id: str, role: Role) -> None:
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("update users set role = $2 where id = $1", user_id, role)
