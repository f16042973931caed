"""Passkeys in a real browser, with virtual devices that sign with real keys."""

import json
import os
from typing import Any

import pytest

from tests.journeys.axe import ALL_RULES, AXE, find_violations
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import Server, sign_up
from tests.journeys.web_pages import wait_for, wait_until_still
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
    pytest.mark.skipif(
        os.environ.get("VEZA_JOURNEYS") == "cluster",
        reason="passkeys belong to the address of one server, which a cluster has no setting for",
    ),
]

_MAIL = "set_ana@example.com"
_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}
# The next request to a path is refused, as if the last proof were too old.
_AGE = """
(send => { window.fetch = request => {
  if (!String(request.url ?? request).endsWith(%s)) return send(request);
  window.fetch = send;
  return Promise.resolve(Response.json(
    {error: 'Confirm.', code: 'step_up_needed', request_id: 'r'}, {status: 403}));
}; })(window.fetch)
"""


class Devices:
    """The virtual devices of a tab: one at a time, which answers as soon as it is asked."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.id = ""
        tab.call("WebAuthn.enable")

    def plug(self, *credentials: dict[str, Any], **options: object) -> None:
        """Replace the device by one that holds some passkeys."""
        if self.id:
            self.tab.call("WebAuthn.removeVirtualAuthenticator", authenticatorId=self.id)
        made = _DEVICE | {"automaticPresenceSimulation": True} | options
        added = self.tab.call("WebAuthn.addVirtualAuthenticator", options=made)
        self.id = added["authenticatorId"]
        for each in credentials:
            self.tab.call("WebAuthn.addCredential", authenticatorId=self.id, credential=each)

    def read(self) -> dict[str, Any]:
        """Return the one passkey of the device, with its private key."""
        found = self.tab.call("WebAuthn.getCredentials", authenticatorId=self.id)
        [credential] = found["credentials"]
        return credential


def _says(text: str, where: str = "body") -> str:
    return f"!!document.querySelector('{where}')?.innerText.includes({json.dumps(text)})"


def _press(tab: Tab, text: str, where: str = "main") -> None:
    named = f"(each.ariaLabel ?? each.innerText).includes({json.dumps(text)})"
    found = f"[...document.querySelectorAll('{where} button')].find(each => {named})"
    wait_for(tab, f"!!{found}")
    tab.ask(f"{found}.click()")


def _sign_in(tab: Tab) -> None:
    """Press the button, unless the device has answered the offer of the field before."""
    tab.ask("document.querySelector('form[name=passkey] button')?.click()")
    wait_for(tab, "location.pathname === '/'")


def _write(tab: Tab, field: str, text: str) -> None:
    wait_for(tab, f"!!document.querySelector('{field}')")
    tab.ask(f"document.querySelector('{field}').focus()")
    tab.ask("document.activeElement.select()")
    tab.write(text)


def _open_sign_in(tab: Tab, url: str) -> None:
    """Forget the session, and go to the page for signing in."""
    _forget_session(tab)
    tab.open(f"{url}/sign-in")
    wait_for(tab, "!!document.querySelector('form [name=email]')")


def _forget_session(tab: Tab) -> None:
    tab.call("Network.clearBrowserCookies")
    tab.ask("localStorage.clear()")


def _enter_password(tab: Tab) -> None:
    _write(tab, "form [name=email]", _MAIL)
    _write(tab, "form [name=password]", PASSWORD)
    tab.press("Enter")


def _ensure_accessible(tab: Tab, what: str) -> None:
    if AXE.exists():
        wait_until_still(tab)
        assert find_violations(tab, ALL_RULES) == [], what


def _add(tab: Tab, name: str) -> None:
    _press(tab, "Add a passkey")
    _write(tab, "form[name=passkey] [name=name]", name)
    tab.press("Enter")


def test_passkeys_are_made_used_and_refused(server: Server) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    sign_up(server, "set_ana")
    with browsing() as tab:
        devices = Devices(tab)
        tab.open(f"{url}/sign-in")
        wait_for(tab, "!!document.querySelector('form [name=email]')")
        _enter_password(tab)
        wait_for(tab, "location.pathname === '/'")
        first, second = _make_two(tab, url, devices)
        _sign_in_with_both(tab, url, devices, first, second)
        _be_refused(tab, url, devices, first)
        assert not [each for each in tab.complaints if "401" not in each and "403" not in each]


def _make_two(tab: Tab, url: str, devices: Devices) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make a passkey on each of two devices, by keyboard; give them, with their keys."""
    tab.open(f"{url}/settings/security")
    # Nobody is verified by this one.
    devices.plug(isUserVerified=False)
    _add(tab, "Phone")
    wait_for(tab, _says("No passkey was created."))
    devices.plug()
    _press(tab, "Create passkey")
    wait_for(tab, _says("On one device only"))
    wait_for(tab, _says("10 codes left"))
    first = devices.read()
    _add(tab, "Again")
    wait_for(tab, _says("This device has a passkey for your account already."))
    _ensure_accessible(tab, "a passkey that exists")
    devices.plug(transport="usb")
    _press(tab, "Create passkey")
    wait_for(tab, "document.querySelectorAll('.passkeys > li').length === 2")
    _press(tab, "Rename Again")
    _write(tab, "dialog [name=name]", "Key ring")
    _ensure_accessible(tab, "renaming")
    tab.press("Enter")
    wait_for(tab, _says("Key ring", ".passkeys"))
    return first, devices.read()


def _sign_in_with_both(
    tab: Tab, url: str, devices: Devices, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Sign in with what the field offers, by the button, and in the second step."""
    # The browser chooses what it would offer in the list of the field.
    devices.plug(second, transport="internal")
    # The device may have answered before the page is seen.
    _forget_session(tab)
    tab.open(f"{url}/sign-in")
    wait_for(tab, "location.pathname === '/'")

    devices.plug()
    _open_sign_in(tab, url)
    _ensure_accessible(tab, "signing in")
    _press(tab, "Sign in with a passkey")
    wait_for(tab, _says("No passkey was used."))
    devices.plug(first)
    _sign_in(tab)

    devices.plug()
    _open_sign_in(tab, url)
    _enter_password(tab)
    wait_for(tab, _says("Confirm with the finger"))
    _ensure_accessible(tab, "the second step")
    devices.plug(second)
    _press(tab, "Use a passkey")
    wait_for(tab, "location.pathname === '/'")

    tab.open(f"{url}/settings/security")
    wait_for(tab, _says("Key ring", ".passkeys"))
    tab.ask(_AGE % json.dumps("/users/me/factors/recovery-codes"))
    _press(tab, "New codes")
    _press(tab, "New codes", "dialog")
    wait_for(tab, "!!document.querySelector('dialog .factor')")
    _ensure_accessible(tab, "the step-up")
    _press(tab, "Use a passkey", "dialog")
    wait_for(
        tab,
        "document.querySelectorAll('dialog').length === 0 && !!document.querySelector('.secret')",
    )


def _be_refused(tab: Tab, url: str, devices: Devices, first: dict[str, Any]) -> None:
    """Be refused without user verification, as a copy, and after the passkey was removed."""
    devices.plug(isUserVerified=False)
    _open_sign_in(tab, url)
    devices.tab.call("WebAuthn.addCredential", authenticatorId=devices.id, credential=first)
    _press(tab, "Sign in with a passkey")
    wait_for(tab, _says("No passkey was used."))
    devices.plug(first | {"signCount": 0})
    _press(tab, "Sign in with a passkey")
    wait_for(tab, _says("This passkey may have been copied"))
    _ensure_accessible(tab, "a copy")
    devices.plug(first | {"signCount": 50})
    _sign_in(tab)
    tab.open(f"{url}/settings/security")
    _press(tab, "Remove Phone")
    _press(tab, "Remove", "dialog .end")
    wait_for(tab, "document.querySelectorAll('.passkeys > li').length === 1")
    devices.plug(first | {"signCount": 60})
    _open_sign_in(tab, url)
    wait_for(tab, _says("This passkey was not accepted."))
