"""Identities are linked and unlinked by their member alone, who never locks themselves out."""

import asyncio
from itertools import product
from uuid import UUID

from litestar import Litestar

from tests.domains.auth.accounts.people import PASSWORD, sign_in, sign_up
from tests.domains.auth.factors.steps import add_passkey, let_proofs_age
from tests.domains.auth.identities.browsers import (
    ProviderBrowser,
    new_subject,
    open_browser,
    told_by,
)
from tests.fakes.openid_provider import FakeOpenIdProvider
from veza.app.services import Services
from veza.core.ids import UserId
from veza.domains.auth.identities import rules
from veza.domains.auth.identities import service as identities
from veza.domains.auth.identities.models import WaysIn


async def _link(
    browser: ProviderBrowser, subject: str, provider_id: str = "open"
) -> dict[str, str]:
    answer = await browser.client.post(
        f"auth/openid/{provider_id}/link", headers=await browser.csrf()
    )
    assert answer.status_code == 200, answer.text
    url = answer.json()["data"]["url"]
    back = browser.provider.sign_in(url, subject, email="there@example.com")
    answer = await browser.client.get(back)
    assert answer.headers["location"].startswith("/settings/security#")
    return told_by(answer)


async def test_an_identity_is_linked_by_its_member_and_signs_in_from_then_on(
    browser: ProviderBrowser, app: Litestar, services: Services, provider: FakeOpenIdProvider
) -> None:
    subject = new_subject()
    member = await sign_up(browser.client)
    user_id = member["user"]["id"]
    await let_proofs_age(services, user_id)
    headers = await browser.csrf()
    answer = await browser.client.post("auth/openid/open/link", headers=headers)
    assert answer.json()["code"] == "step_up_needed"
    proof = {"password": PASSWORD}
    answer = await browser.client.post("auth/step-up", json=proof, headers=headers)
    assert answer.status_code == 200
    assert await _link(browser, subject) == {"openid": "linked"}
    # Again, it changes nothing; another one there is one too many.
    assert await _link(browser, subject) == {"openid": "linked"}
    assert (await _link(browser, new_subject()))["code"] == "identity_taken"
    listed = (await browser.client.get("users/me/identities")).json()["data"]["identities"]
    assert [(each["provider"], each["label"], each["may_unlink"]) for each in listed] == [
        ("open", "there@example.com", True)
    ]
    async with services.database.transaction(recorded=False) as tx:
        told = await tx.column(
            str, "select payload::text from outbox where payload::text like $1", f"%{user_id}%"
        )
        assert sum("key_created" in each for each in told) == 1
    async with open_browser(app, services, provider) as other:
        assert told_by(await other.sign_in(subject))["openid"] == "done"
        assert (await other.account())["id"] == user_id
        # It is nobody else's.
        await sign_up(other.client)
        assert (await _link(other, subject))["code"] == "identity_taken"
        # Nor may others unlink it.
        answer = await other.client.delete(
            f"users/me/identities/{listed[0]['id']}", headers=await other.csrf()
        )
        assert answer.json()["code"] == "identity_not_found"
    answer = await browser.client.delete(
        f"users/me/identities/{listed[0]['id']}", headers=await browser.csrf()
    )
    assert answer.status_code == 200, answer.text
    async with open_browser(app, services, provider) as other:
        told = told_by(await other.sign_in(subject, "closed"))
        assert told["code"] == "no_account"


async def test_a_link_ends_with_the_session_that_began_it(
    browser: ProviderBrowser,
) -> None:
    await sign_up(browser.client)
    headers = await browser.csrf()
    answer = await browser.client.post("auth/openid/open/link", headers=headers)
    back = browser.provider.sign_in(answer.json()["data"]["url"], new_subject())
    await browser.client.post("sessions/logout-all", headers=headers)
    assert told_by(await browser.client.get(back))["code"] == "attempt_over"


# A password, and whether this server takes passwords; identities, passkeys: without a way in.
_SHUT_OUT = {(False, False, 0, 0), (False, True, 0, 0), (True, False, 0, 0)}


def test_a_password_that_counts_an_identity_or_a_passkey_is_a_way_in() -> None:
    for case in product((False, True), (False, True), (0, 1, 2), (0, 1, 10)):
        has_password, passwords_open, linked, passkeys = case
        ways = WaysIn(has_password, linked, passkeys)
        can_sign_in = rules.can_sign_in(ways, passwords_open=passwords_open)
        assert can_sign_in is (case not in _SHUT_OUT), case


async def test_of_an_identity_and_a_passkey_one_stays_without_a_password(
    browser: ProviderBrowser,
) -> None:
    await browser.sign_in(new_subject(), email=f"{new_subject()}@example.com")
    headers = await browser.csrf()
    await add_passkey(browser.client, headers)
    [identity] = (await browser.client.get("users/me/identities")).json()["data"]["identities"]
    assert identity["may_unlink"] is True
    [passkey] = (await browser.client.get("users/me/factors")).json()["data"]["passkeys"]
    paths = f"users/me/identities/{identity['id']}", f"users/me/passkeys/{passkey['id']}"
    # At once, as one after the other.
    sent = (browser.client.delete(path, headers=headers) for path in paths)
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "last_way_in"
    left = (await browser.client.get("users/me/identities")).json()["data"]["identities"]
    factors = (await browser.client.get("users/me/factors")).json()["data"]
    assert len(left) + len(factors["passkeys"]) == 1
    # With the passkey its recovery codes are still there.
    assert (factors["recovery_codes_left"] == 10) is bool(factors["passkeys"])


async def test_the_only_way_in_stays_until_there_is_another(
    browser: ProviderBrowser, services: Services
) -> None:
    email = f"{new_subject()}@example.com"
    await browser.sign_in(new_subject(), email=email)
    account = await browser.account()
    [identity] = (await browser.client.get("users/me/identities")).json()["data"]["identities"]
    assert identity["may_unlink"] is False
    path = f"users/me/identities/{identity['id']}"
    answer = await browser.client.delete(path, headers=await browser.csrf())
    assert answer.json()["code"] == "last_way_in"
    # Who has no password confirms by a recent sign-in, and sets the first one so.
    change = {"current_password": "", "new_password": "the first password of this account"}
    await let_proofs_age(services, account["id"])
    headers = await browser.csrf()
    answer = await browser.client.put("users/me/password", json=change, headers=headers)
    assert answer.json()["code"] == "step_up_needed"
    await let_proofs_age(services, account["id"], -11)
    answer = await browser.client.put("users/me/password", json=change, headers=headers)
    assert answer.status_code == 200, answer.text
    answer = await sign_in(browser.client, email, change["new_password"])
    assert answer.status_code == 200
    answer = await browser.client.delete(path, headers=await browser.csrf())
    assert answer.status_code == 200, answer.text


async def test_who_locks_everybody_out_keeps_the_identity_that_made_the_account(
    browser: ProviderBrowser, services: Services
) -> None:
    subject = new_subject()
    await browser.sign_in(subject, email=f"{new_subject()}@example.com")
    user_id = UserId(UUID((await browser.account())["id"]))
    async with services.database.transaction(recorded=False) as tx:
        await tx.run(
            "insert into identities (id, user_id, issuer, subject, label)"
            " values (gen_random_uuid(), $1, 'https://of.an.attacker', $2, 'x')",
            *(user_id, subject),
        )
        await identities.unlink_all(tx, user_id, keeps_first=True)
        sql = "select issuer from identities where user_id = $1"
        assert await tx.column(str, sql, user_id) == [browser.provider.issuer]
        await identities.unlink_all(tx, user_id, keeps_first=False)
        assert await tx.column(str, sql, user_id) == []


async def test_signing_out_goes_on_at_the_provider_without_a_token(
    browser: ProviderBrowser,
) -> None:
    answer = await browser.client.get("auth/openid/open/logout")
    assert answer.status_code == 302
    location = answer.headers["location"]
    assert location.startswith(f"{browser.provider.issuer}/logout?client_id=veza&")
    assert "id_token_hint" not in location
    ways = (await browser.client.get("auth/openid")).json()["data"]
    assert ways["email_sign_in"] is True
    assert [each["id"] for each in ways["providers"]] == ["open", "closed"]
