"""Security notices: told by mail and notification, and a link for those who it wasn't."""

from typing import Any

import httpx

from tests.domains.auth.accounts.people import PASSWORD, bearer, is_signed_in, sign_in, sign_up
from tests.domains.auth.factors.steps import enrol
from tests.domains.auth.recovery.mails import NEXT, find_tokens, reset_tokens, subjects
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.auth.accounts.models import RegistrationForm
from veza.domains.auth.accounts.service import new_accounts

NOT_ME = "auth/not-me"
UNKNOWN = {"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/150.0"}


async def _kinds(client: httpx.AsyncClient, access_token: str) -> list[str]:
    answer = await client.get("notifications", headers=bearer(access_token))
    return [note["kind"] for note in answer.json()["data"]["notifications"]]


async def test_members_are_told_what_happens_to_their_account(
    client: httpx.AsyncClient, services: Services, work
) -> None:
    someone = await sign_up(client)
    token, email = someone["access_token"], someone["email"]
    await sign_in(client, email, PASSWORD)
    await work()
    assert await _kinds(client, token) == []

    given = {"email": email, "password": PASSWORD}
    await client.post("auth/login", json=given, headers=UNKNOWN)
    await client.post("auth/login", json=given, headers=UNKNOWN)
    await client.post("users/me/app-passwords", headers=bearer(token), json={"name": "Phone"})
    await enrol(client, services, bearer(token), someone["user"]["id"])
    await client.delete("users/me/factors/totp", headers=bearer(token))
    change = {"current_password": PASSWORD, "new_password": NEXT}
    await client.put("users/me/password", headers=bearer(token), json=change)
    await work()
    told = {"new_device", "key_created", "factor_added", "factor_removed", "password_changed"}
    kinds = await _kinds(client, token)
    assert (set(kinds), len(kinds)) == (told, len(told))
    assert sorted(subjects(services, email)) == [
        "A key or a sign-in was added",
        "A new device signed in",
        "A second factor was added",
        "A second factor was removed",
        "Verify your e-mail address",
        "Your password was changed",
    ]
    assert len(set(find_tokens(services, email, "not-me"))) == len(told)


async def test_the_first_sign_in_of_an_account_is_no_news(
    client: httpx.AsyncClient, services: Services, work
) -> None:
    form = RegistrationForm(f"p{new_id().hex[-12:]}", f"{new_id().hex}@example.com", PASSWORD)
    user_id = await new_accounts.create_account(
        services.database, services.login_context, form, Role.USER
    )
    given = {"email": form.email, "password": PASSWORD}

    async def kinds(**options: Any) -> list[str]:
        answer = await client.post("auth/login", json=given, **options)
        await work()
        return await _kinds(client, answer.json()["data"]["access_token"])

    assert await kinds() == []
    assert await kinds(headers=UNKNOWN) == ["new_device"]
    # Long after the last session was forgotten, a sign-in is news again.
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("delete from sessions where user_id = $1", user_id)
        sql = "update users set created_at = now() - interval '8 days' where id = $1"
        await tx.run(sql, user_id)
    assert await kinds() == ["new_device"] * 2


async def test_who_it_was_not_locks_everybody_out(
    client: httpx.AsyncClient, services: Services, work
) -> None:
    someone = await sign_up(client)
    email, headers = someone["email"], bearer(someone["access_token"])
    await enrol(client, services, headers, someone["user"]["id"])
    key = (
        await client.post(
            "developer/api-keys", headers=headers, json={"name": "x", "scopes": ["read"]}
        )
    ).json()
    await work()
    link = find_tokens(services, email, "not-me")[-1]
    assert (await client.post(NOT_ME, json={"token": link + "x"})).json()["code"] == "invalid_link"
    assert (await client.post(NOT_ME, json={"token": link})).is_success
    assert not await is_signed_in(client, someone["access_token"])
    refused = await client.get("users/me", headers={"X-API-Key": key["data"]["key"]})
    assert refused.status_code == 401
    assert (await sign_in(client, email, PASSWORD)).status_code == 401
    assert (await client.post(NOT_ME, json={"token": link})).json()["code"] == "invalid_link"

    await work()
    reset = {"token": reset_tokens(services, email)[-1], "new_password": NEXT}
    assert (await client.post("auth/password/reset", json=reset)).is_success
    # The mailbox does not replace the factor.
    assert (await sign_in(client, email, NEXT)).status_code == 202


async def test_an_address_that_somebody_else_changed_counts_again(
    client: httpx.AsyncClient, services: Services, work
) -> None:
    someone = await sign_up(client)
    headers, old = bearer(someone["access_token"]), someone["email"]
    change = {"email": f"thief-{old}", "current_password": PASSWORD}
    assert (await client.put("users/me", headers=headers, json=change)).is_success
    await work()
    link = find_tokens(services, old, "not-me")[-1]
    assert (await client.post(NOT_ME, json={"token": link})).is_success
    await work()
    reset = {"token": reset_tokens(services, old)[-1], "new_password": NEXT}
    assert (await client.post("auth/password/reset", json=reset)).is_success
    assert (await sign_in(client, old, NEXT)).is_success
    assert reset_tokens(services, f"thief-{old}") == []


async def test_an_address_that_somebody_else_has_by_then_stays_theirs(
    client: httpx.AsyncClient, services: Services, work
) -> None:
    someone = await sign_up(client)
    headers, old = bearer(someone["access_token"]), someone["email"]
    change = {"email": f"thief-{old}", "current_password": PASSWORD}
    assert (await client.put("users/me", headers=headers, json=change)).is_success
    await work()
    other = await sign_up(client, email=old)
    link = find_tokens(services, old, "not-me")[-1]
    refused = await client.post(NOT_ME, json={"token": link})
    assert (refused.status_code, refused.json()["code"]) == (409, "email_taken")
    assert await is_signed_in(client, someone["access_token"])
    assert await is_signed_in(client, other["access_token"])


async def test_other_links_open_nothing_there(
    client: httpx.AsyncClient, services: Services, work
) -> None:
    someone = await sign_up(client)
    await work()
    verification = find_tokens(services, someone["email"], "verify-email")[-1]
    refused = await client.post(NOT_ME, json={"token": verification})
    assert refused.json()["code"] == "invalid_link"
    assert await is_signed_in(client, someone["access_token"])
