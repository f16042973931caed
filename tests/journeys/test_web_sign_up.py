"""Signing up in a real browser, in each mode of the server, and inviting others."""

import json

import pytest

from tests.journeys.axe import ALL_RULES, ensure_accessible
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, served
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import shows
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

ADMIN = "keeper@example.com"
# The first sign-up needs no proof of work; all others do.
SETTINGS = {
    "VEZA_ADMIN_EMAIL": ADMIN,
    "VEZA_ADMIN_PASSWORD": PASSWORD,
    "VEZA_SIGN_UPS_WITHOUT_PROOF": "1",
    "VEZA_MEMBER_INVITATIONS": "2",
    "VEZA_SIGN_UP_MODE": "closed",
}


def fill(tab, **values):
    """Fill in the form as its reader does, and send it."""
    for name, value in values.items():
        field = f"document.querySelector('form [name={name}]')"
        wait_for(tab, f"!!{field}")
        tab.ask(
            f"{field}.value = {json.dumps(value)};"
            f"{field}.dispatchEvent(new Event('input', {{bubbles: true}}))"
        )
    tab.ask("document.querySelector('form button[type=submit]').click()")


def account(name):
    return {"username": name, "email": f"{name}@example.com", "password": PASSWORD}


def test_signing_up_follows_the_mode_of_the_server():
    with served("--workers", "1", **SETTINGS) as server, browsing() as tab:
        with calling(server) as client:
            given = {"email": ADMIN, "password": PASSWORD}
            token = client.post("auth/login", json=given).json()["data"]["access_token"]
        with calling(server, token) as client:
            tab.open(f"{server.url}/sign-up")
            wait_for(tab, shows("This server takes no new members"))
            ensure_accessible(tab, "closed", ALL_RULES)

            assert client.put("admin/sign-up", json={"mode": "approval"}).is_success
            tab.open(f"{server.url}/sign-up")
            wait_for(tab, "!!document.querySelector('form [name=message]')")
            ensure_accessible(tab, "approval", ALL_RULES)
            fill(tab, **account("newcomer"), message="Field sounds.")
            wait_for(tab, shows("Your account waits for approval"))
            ensure_accessible(tab, "waiting", ALL_RULES)
            requests = client.get("admin/sign-up/requests").json()["data"]["requests"]
            assert [each["message"] for each in requests] == ["Field sounds."]
            tab.open(f"{server.url}/sign-in")
            fill(tab, email="newcomer@example.com", password=PASSWORD)
            wait_for(tab, shows("Your account waits for approval."))

            assert client.put("admin/sign-up", json={"mode": "invitation"}).is_success
            code = client.post("auth/invitations", json={}).json()["data"]["code"]
        tab.open(f"{server.url}/sign-up?invitation=unknown")
        fill(tab, **account("guest"))
        wait_for(tab, shows("doesn’t work any more"))
        ensure_accessible(tab, "refused", ALL_RULES)
        # The challenge is solved in the page.
        fill(tab, invitation=code)
        # A picture is offered, and need not be chosen.
        wait_for(tab, shows("Welcome, guest"))
        wait_for(tab, "!!document.querySelector('[data-pick=avatar]')")
        ensure_accessible(tab, "welcome", ALL_RULES)
        tab.ask("document.querySelector('.welcome a').click()")
        wait_for(tab, "location.pathname === '/'")

        tab.open(f"{server.url}/settings/invitations")
        wait_for(tab, shows("You can create 2 more at present."))
        fill(tab)
        wait_for(tab, shows("You can create 1 more at present."))
        assert tab.ask("document.querySelectorAll('.things code').length") == 1
        ensure_accessible(tab, "invitations", ALL_RULES)
        tab.ask("document.querySelector('.things .bad').click()")
        wait_for(tab, "!!document.querySelector('dialog[open] .bad-main')")
        tab.ask("document.querySelector('dialog .bad-main').click()")
        wait_for(tab, shows("You have not invited anybody yet."))
