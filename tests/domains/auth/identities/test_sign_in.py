"""Sign in at a provider: whose account it is, what it creates, which role and proof it gives."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar

from tests import make
from tests.domains.auth.accounts.people import sign_up
from tests.domains.auth.factors.steps import current_code, enrol, let_code_pass
from tests.domains.auth.identities.browsers import (
    ProviderBrowser,
    new_subject,
    open_browser,
    told_by,
)
from tests.fakes.openid_provider import FakeOpenIdProvider
from tests.http.apps import replaced
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import ProfileId, UserId, new_id
from veza.core.sign_up_mode import SignUpMode
from veza.domains.auth.accounts.service import suspensions
from veza.domains.auth.sign_up.service import registration
from veza.domains.profiles.service import profiles


async def test_the_first_sign_in_creates_an_account_and_later_ones_find_it(
    browser: ProviderBrowser, app: Litestar, services: Services, provider: FakeOpenIdProvider
) -> None:
    subject, email = new_subject(), f"{new_subject()}@example.com"
    told = told_by(
        await browser.sign_in(
            subject, email=email, email_verified=True, preferred_username="Ana Šú!"
        )
    )
    assert told == {"openid": "done", "expires_in": "3600", "sign_out_at": "open"}
    account = await browser.account()
    assert account["username"].startswith("Ana")
    assert (account["email"], account["email_verified"]) == (email, True)
    assert account["confirms_by_sign_in"] is True
    async with open_browser(app, services, provider) as other:
        # Another name and address there: it is the same person.
        told = told_by(await other.sign_in(subject, "closed", email="new@example.com"))
        assert told["openid"] == "done"
        assert (await other.account())["id"] == account["id"]
    async with open_browser(app, services, provider) as other:
        # The same name and another person; what the provider does not verify is not verified.
        address = f"{new_subject()}@example.com"
        await other.sign_in(
            new_subject(), email=address, email_verified="true", preferred_username="ana-"
        )
        account = await other.account()
        assert account["email_verified"] is False
        assert account["username"].lower().startswith("ana-")


async def test_a_username_by_a_provider_is_none_of_a_verified_profile(
    browser: ProviderBrowser, services: Services
) -> None:
    artist = await make.person(services, username=f"Overtone-{new_id().hex[-6:]}")
    async with services.database.transaction() as tx:
        await profiles.verify(tx, ProfileId(artist.id))
    like, address = artist.username.replace("O", "0"), f"{new_subject()}@example.com"

    told = told_by(await browser.sign_in(new_subject(), email=address, preferred_username=like))

    assert told["openid"] == "done", told
    assert (await browser.account())["username"] == f"{like}-2"


async def test_no_account_is_found_by_an_address(
    browser: ProviderBrowser, services: Services
) -> None:
    victim = await make.person(services)
    address = f"{victim.username}@example.com"
    for email, provider_id, code in (
        (address, "open", "address_in_use"),
        (address.upper(), "open", "address_in_use"),
        (address, "closed", "no_account"),
        (None, "open", "no_address"),
        ("no address", "open", "no_address"),
        (["a@example.com"], "open", "no_address"),
    ):
        answer = await browser.sign_in(new_subject(), provider_id, email=email, email_verified=True)
        assert told_by(answer)["code"] == code, email
        assert not browser.is_signed_in


async def test_accounts_are_created_only_while_everybody_may_sign_up(
    browser: ProviderBrowser, services: Services
) -> None:
    async with services.database.transaction(recorded=False) as tx:
        await registration.set_mode(tx, SignUpMode.INVITATION)
    told = told_by(await browser.sign_in(new_subject(), email=f"{new_subject()}@example.com"))
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("delete from sign_up_policy")
        sql = "insert into mail_domains (domain, rule) values ('blocked.example', 'block')"
        await tx.run(sql)
    assert told["code"] == "no_account"
    told = told_by(await browser.sign_in(new_subject(), email="ana@blocked.example"))
    assert told["code"] == "email_refused"


async def test_what_the_token_lacks_is_asked_for_if_it_is_about_the_same_person(
    browser: ProviderBrowser, provider: FakeOpenIdProvider
) -> None:
    subject, email = new_subject(), f"{new_subject()}@example.com"
    provider.userinfo = {"sub": "somebody else", "email": email}
    assert told_by(await browser.sign_in(subject))["code"] == "identity_not_proved"
    provider.userinfo = {
        "sub": subject,
        "email": email,
        "email_verified": True,
        "groups": ["staff"],
    }
    assert told_by(await browser.sign_in(subject))["openid"] == "done"
    account = await browser.account()
    assert (account["email"], account["role"]) == (email, "moderator")


async def test_groups_give_and_take_roles_but_never_that_of_the_last_admin(
    browser: ProviderBrowser, services: Services
) -> None:
    subject, email = new_subject(), f"{new_subject()}@example.com"
    await make.person(services, Role.ADMIN)
    for groups, role in (
        (["others"], "user"),
        (["staff", "others"], "moderator"),
        (["staff", "keepers"], "admin"),
        ("staff", "moderator"),
        ([], "user"),
    ):
        await browser.sign_in(subject, email=email, groups=groups)
        assert (await browser.account())["role"] == role, groups
    await browser.sign_in(subject, email=email, groups=["keepers"])
    me = (await browser.account())["id"]
    async with services.database.transaction(recorded=False) as tx:
        sql = "update users set role = 'user' where role = 'admin' and id <> $1"
        await tx.run(sql, me)
    await browser.sign_in(subject, email=email, groups=[])
    assert (await browser.account())["role"] == "admin"
    await make.person(services, Role.ADMIN)
    await browser.sign_in(subject, email=email, groups=[])
    assert (await browser.account())["role"] == "user"
    # A role that the provider can't give is none of its business.
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("update users set role = 'creator' where id = $1", me)
    await browser.sign_in(subject, email=email, groups=[])
    assert (await browser.account())["role"] == "creator"


async def test_only_what_the_settings_name_replaces_the_second_factor(
    browser: ProviderBrowser, services: Services
) -> None:
    subject, email = new_subject(), f"{new_subject()}@example.com"
    await browser.sign_in(subject, email=email)
    account = await browser.account()
    secret, _ = await enrol(browser.client, services, await browser.csrf(), account["id"])
    browser.client.cookies.clear()
    for claims in ({}, {"amr": ["pwd", "otp"]}, {"acr": "silver"}, {"amr": "mf"}):
        told = told_by(await browser.sign_in(subject, email=email, **claims))
        assert (told["openid"], told["methods"]) == ("challenge", "code,recovery_code"), claims
        assert not browser.is_signed_in
    body = {"challenge": told["challenge"], "code": current_code(secret)}
    assert (await browser.client.post("auth/login/factor", json=body)).status_code == 200
    await let_code_pass(services, account["id"])
    for claims in ({"amr": ["pwd", "mfa"]}, {"acr": "gold"}):
        browser.client.cookies.clear()
        told = told_by(await browser.sign_in(subject, email=email, **claims))
        assert told["openid"] == "done", claims
        # It counts as a recent proof, too.
        answer = await browser.client.post(
            "users/me/factors/recovery-codes", headers=await browser.csrf()
        )
        assert answer.status_code == 201, answer.text


async def test_who_must_have_a_factor_may_only_enrol_unless_the_provider_asked_for_one(
    browser: ProviderBrowser, app: Litestar, services: Services
) -> None:
    subject, email = new_subject(), f"{new_subject()}@example.com"
    before = services.login_context

    async def is_required(*_: Any) -> bool:
        return True

    strict = msgspec.structs.replace(
        before, factors=msgspec.structs.replace(before.factors, is_required=is_required)
    )
    with replaced(app, strict):
        await browser.sign_in(subject, email=email)
        answer = await browser.client.get("sessions")
        assert answer.json()["code"] == "second_factor_required"
        browser.client.cookies.clear()
        await browser.sign_in(subject, email=email, amr=["mfa"])
        assert (await browser.client.get("sessions")).status_code == 200
        # The session goes on as it began.
        answer = await browser.client.post("auth/refresh", headers=await browser.csrf())
        assert answer.status_code == 200, answer.text
        assert (await browser.client.get("sessions")).status_code == 200


async def test_a_suspended_member_is_told_so_and_stays_out(
    browser: ProviderBrowser, services: Services
) -> None:
    subject, email = new_subject(), f"{new_subject()}@example.com"
    await browser.sign_in(subject, email=email)
    account = await browser.account()
    async with services.database.transaction(recorded=False) as tx:
        await suspensions.suspend(tx, UserId(UUID(account["id"])), "Enough.")
    browser.client.cookies.clear()
    assert told_by(await browser.sign_in(subject, email=email))["code"] == "account_suspended"


async def test_without_passwords_only_providers_sign_in(
    browser: ProviderBrowser, app: Litestar, services: Services
) -> None:
    member = await sign_up(browser.client)
    browser.client.cookies.clear()
    closed = msgspec.structs.replace(services.login_context, passwords_open=False)
    sign_up_closed = msgspec.structs.replace(services.sign_up, login=closed)
    with replaced(app, closed), replaced(app, sign_up_closed):
        for path, body in (
            ("auth/login", {"email": member["email"], "password": member["password"]}),
            (
                "auth/register",
                {"username": "x" * 9, "email": "x@example.com", "password": "p" * 12},
            ),
            ("auth/password/forgot", {"email": member["email"]}),
            ("auth/password/reset", {"token": "t" * 43, "new_password": "another long one"}),
        ):
            answer = await browser.client.post(path, json=body)
            assert answer.json()["code"] == "password_sign_in_off", path
        told = told_by(await browser.sign_in(new_subject(), email=f"{new_subject()}@example.com"))
        assert told["openid"] == "done"
