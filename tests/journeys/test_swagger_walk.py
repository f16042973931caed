"""A walk through the API's page in a browser, as an admin: maintenance is switched on and off."""

import json
from collections.abc import Iterator

import pytest

from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import Server, calling, served, sign_up, until
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

ADMIN = "walker@example.com"

# What a person does: look for something, type into it, click on it.
_HANDS = """
window.find = selector => document.querySelector(selector);
window.click = selector => { find(selector).click(); return true; };
window.type = (selector, text) => {
    const field = find(selector);
    const kind = field.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
};
"""


class ApiPage:
    """The page at `/swagger`, used by hand."""

    def __init__(self, tab: Tab, url: str) -> None:
        self._tab = tab
        tab.open(f"{url}/swagger")
        self._wait("document.querySelectorAll('.opblock-tag').length > 15")
        tab.ask(_HANDS)

    def open_area(self, name: str) -> None:
        """Show the operations of an area: at first the page shows none."""
        self._click(f"[data-tag={name}]")
        self._wait(f"find('[data-tag={name}]').dataset.isOpen === 'true'")

    def authorize(self, token: str) -> None:
        """Put a token into the form behind the button Authorize, in place of another."""
        self._click(".auth-wrapper .authorize")
        self._wait("find('.modal-ux')")
        if self._tab.ask("!find('#auth-bearer-value')"):
            # The first form is the bearer's: there one logs out of what was there before.
            self._click(".auth-container .auth-btn-wrapper button:first-child")
            self._wait("find('#auth-bearer-value')")
        self._type("#auth-bearer-value", token)
        self._click(".auth-container .auth-btn-wrapper .authorize")
        self._click(".modal-ux .btn-done, .modal-ux .close-modal")
        self._wait("!find('.modal-ux')")

    def call(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Try an operation out; give the status and all that the page shows of the answer."""
        block = f".opblock-{method}:has([data-path='{path}'])"
        if self._tab.ask(f'!find("{block}.is-open")'):
            self._click(f"{block} .opblock-summary-control")
            self._wait(f'find("{block} .try-out__btn")')
            self._click(f"{block} .try-out__btn")
        self._wait(f'find("{block} .execute")')
        if self._tab.ask(f'!!find("{block} .btn-clear")'):
            self._click(f"{block} .btn-clear")
        if body is not None:
            self._type(f"{block} textarea", json.dumps(body))
        self._click(f"{block} .execute")
        shown = f"{block} .live-responses-table"
        self._wait(f'find("{shown} tbody td.response-col_status")')
        status = self._tab.ask(f'find("{shown} tbody td.response-col_status").innerText')
        return int(status.split()[0]), self._tab.ask(f'find("{shown}").innerText')

    def _click(self, selector: str) -> None:
        self._tab.ask(f"click({json.dumps(selector)})")

    def _type(self, selector: str, text: str) -> None:
        self._tab.ask(f"type({json.dumps(selector)}, {json.dumps(text)})")

    def _wait(self, expression: str) -> None:
        until(lambda: self._tab.ask(f"!!({expression})"), 60, lambda: f"{expression}: in vain")


@pytest.fixture(scope="module")
def kept() -> Iterator[Server]:
    """A server of its own, since nobody else can use it meanwhile."""
    with served("--workers", "2", VEZA_ADMIN_EMAIL=ADMIN, VEZA_ADMIN_PASSWORD=PASSWORD) as server:
        yield server


def test_an_admin_switches_maintenance_on_and_off_and_a_member_waits_meanwhile(kept):
    member = sign_up(kept, "waiting")
    with calling(kept) as client, browsing() as tab:
        login = client.post("auth/login", json={"email": ADMIN, "password": PASSWORD})
        admin = login.json()["data"]["access_token"]
        page = ApiPage(tab, kept.url)
        for area in ("accounts", "admin"):
            page.open_area(area)

        page.authorize(admin)
        status, _ = page.call(
            "put", "/api/v1/admin/maintenance", {"enabled": True, "message": "New strings."}
        )
        assert status == 200
        page.authorize(member)
        status, shown = page.call("get", "/api/v1/users/me")
        assert status == 503
        assert "New strings." in shown
        assert "retry-after" in shown
        for path in ("health", "healthz", "readyz", "metrics", "csrf-token"):
            assert client.get(path).status_code == 200, path
        again = client.post("auth/login", json={"email": ADMIN, "password": PASSWORD})
        assert again.status_code == 200
        # The page itself goes on, and so does what is the admin's.
        page.authorize(again.json()["data"]["access_token"])
        status, shown = page.call("get", "/api/v1/admin/audit")
        assert status == 200
        assert "/api/v1/admin/maintenance" in shown
        assert page.call("put", "/api/v1/admin/maintenance", {"enabled": False})[0] == 200
        page.authorize(member)
        assert page.call("get", "/api/v1/users/me")[0] == 200
