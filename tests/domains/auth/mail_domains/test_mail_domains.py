"""Domains of e-mail addresses: their forms, the rule that applies, and where it is asked for."""

import httpx
import pytest

from tests.domains.auth.accounts.people import PASSWORD, bearer, registration, sign_up
from tests.domains.auth.sign_up.settings_steps import SetMode
from tests.make import Person
from veza.app.services import Services
from veza.core.host_names import list_suffixes, normalize_domain
from veza.domains.auth.mail_domains import rules
from veza.domains.auth.mail_domains.models import DomainRule, DomainVerdict


def test_spellings_of_a_domain_are_one():
    spellings = ("bücher.example", "BÜCHER.Example", "xn--bcher-kva.example", "bücher。example")
    assert {normalize_domain(text) for text in spellings} == {"xn--bcher-kva.example"}
    assert rules.domain_of("someone@Mail.Example") == "mail.example"
    # Not a name of IDNA, and yet an address that is accepted.
    assert rules.domain_of("a@_x.mail.example") == "_x.mail.example"
    assert list_suffixes("a.b.c") == ["a.b.c", "b.c", "c"]


def test_the_nearest_rule_applies_and_allowing_some_excludes_others():
    allow, block = DomainRule.ALLOW, DomainRule.BLOCK
    cases = {(None, False): True, (None, True): False, (block, False): False, (allow, True): True}
    for (rule, has_allowed), accepted in cases.items():
        assert rules.is_accepted(DomainVerdict(rule, has_allowed)) is accepted


async def test_blocked_domains_are_refused_at_sign_up_and_for_a_new_address(
    services: Services,
    client: httpx.AsyncClient,
    set_mode: SetMode,
    admin: Person,
    moderator: Person,
):
    await set_mode("open")
    member = await sign_up(client)
    async with services.database.transaction(recorded=False) as tx:
        # Those of other tests may be more than a page.
        await tx.run("delete from mail_domains where rule = 'block'")
    form = {"rule": "block", "domains": ["Trash.Example", "bücher.example", "trash.example"]}
    answer = await client.post("admin/mail-domains", json=form, headers=moderator.headers)
    assert answer.status_code == 403
    added = await client.post("admin/mail-domains", json=form, headers=admin.headers)
    assert added.json()["data"] == {"domains": ["trash.example", "xn--bcher-kva.example"]}
    kept = {"rule": "allow", "domains": ["good.trash.example", "example.com"]}
    assert (await client.post("admin/mail-domains", json=kept, headers=admin.headers)).is_success

    async def join(domain: str) -> httpx.Response:
        return await client.post(
            "auth/register", json=registration(email=f"{registration()['username']}@{domain}")
        )

    for domain in ("trash.example", "TRASH.example", "a.trash.example", "x.xn--bcher-kva.example"):
        refused = await join(domain)
        assert (refused.status_code, refused.json()["code"]) == (400, "email_refused"), domain
        assert [each["field"] for each in refused.json()["details"]] == ["email"]
        assert "trash" not in refused.text
    assert (await join("good.trash.example")).status_code == 201
    # Some are allowed, so others are not.
    assert (await join("elsewhere.example")).json()["code"] == "email_refused"

    change = {"email": f"{member['username']}@trash.example", "current_password": PASSWORD}
    headers = bearer(member["access_token"])
    refused = await client.put("users/me", json=change, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "email_refused")

    page = await client.get("admin/mail-domains?rule=block&limit=100", headers=admin.headers)
    listed = [each["domain"] for each in page.json()["data"]["domains"]]
    assert page.json()["data"]["total"] == len(listed)
    assert {"trash.example", "xn--bcher-kva.example"} <= set(listed)
    assert "example.com" not in listed
    path = "admin/mail-domains/Trash.example"
    assert (await client.delete(path, headers=admin.headers)).json()["data"] == {
        "domain": "trash.example"
    }
    assert (await client.delete(path, headers=admin.headers)).status_code == 404


async def test_what_is_no_domain_is_refused_and_so_are_too_many(
    client: httpx.AsyncClient, set_mode: SetMode, admin: Person, monkeypatch: pytest.MonkeyPatch
):
    for text in ("", "two words.example", "-a.example/", "x" * 64 + ".example"):
        form = {"rule": "block", "domains": ["fine.example", text]}
        answer = await client.post("admin/mail-domains", json=form, headers=admin.headers)
        assert answer.status_code == 400, text
    monkeypatch.setattr(rules, "MAX_DOMAINS", 1)
    form = {"rule": "block", "domains": ["one.example", "two.example"]}
    answer = await client.post("admin/mail-domains", json=form, headers=admin.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_mail_domains")
    listed = await client.get("admin/mail-domains", headers=admin.headers)
    assert listed.json()["data"] == {"domains": [], "total": 0}
