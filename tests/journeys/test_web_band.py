"""A band of three and a label in a real browser: they publish, credit a guest, sell and split."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import sounds
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import Server, calling, sign_up, until
from tests.journeys.web_pages import wait_for, wait_until_loaded
from tests.journeys.web_steps import choose_files, click, fill, follow, press, send, shows
from tests.make import PASSWORD

BAND, LABEL, TITLE = "The Night Ferry", "Shore Records", "Undertow"
ARTIST = "mira@example.net"
PRICE = 600

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


class Town:
    """Those who take part, by what they do: each with a token, and one at a time in the browser."""

    def __init__(self, server: Server, tab: Tab) -> None:
        self.server, self.tab = server, tab
        names = ("ada", "ben", "cat", "boss", "guest", "fan")
        self.tokens = {name: sign_up(server, f"ferry_{name}") for name in names}
        self.band = ""

    def ask(self, name: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the API as somebody; with `profile=` as the band."""
        sent = {f"x-veza-{key}": value for key, value in headers.items()}
        with calling(self.server, self.tokens[name]) as client:
            answer: httpx.Response = client.request(method, path, json=body, headers=sent)
        assert answer.is_success, (path, answer.text)
        return answer.json()["data"]

    def enter(self, name: str, path: str) -> None:
        """Sign in as another member in the same browser, and open a page."""
        # From nowhere, so that no page asks for anything without a session.
        self.tab.open("about:blank")
        wait_for(self.tab, "location.protocol === 'about:'")
        origin = {"origin": self.server.url, "storageTypes": "all"}
        self.tab.call("Storage.clearDataForOrigin", **origin)
        self.tab.open(f"{self.server.url}/sign-in?next={path}")
        send(self.tab, email=f"ferry_{name}@example.com", password=PASSWORD)
        wait_for(self.tab, f"location.pathname === {json.dumps(path)}")
        wait_until_loaded(self.tab)

    def find_person(self, label: str, name: str, chosen: str) -> None:
        """Write a name into a field, choose the profile that is found, and wait for a text."""
        field = f"document.querySelector('input[aria-label={json.dumps(label)}]')"
        found = (
            "[...document.querySelectorAll('[role=option]')]"
            f".find(each => each.innerText.includes({json.dumps(name)}))"
        )
        wait_for(self.tab, f"!!{field}")

        def is_proposed() -> bool:
            self.tab.ask(
                f"{field}.value = {json.dumps(name)};"
                f"{field}.dispatchEvent(new Event('input', {{bubbles: true}}))"
            )
            # The field waits a moment for more letters before it asks.
            return self.tab.ask(
                "new Promise(done => { const started = performance.now(); const look = () =>"
                f" {found} || performance.now() - started > 2000 ? done(!!{found})"
                " : setTimeout(look, 30); look(); })"
            )

        until(is_proposed, 60)
        self.tab.ask(f"{found}.click()")
        wait_for(self.tab, shows(chosen))


@pytest.fixture
def town(server: Server) -> Iterator[Town]:
    with browsing() as tab:
        tab.resize(1440)
        tab.open(f"{server.url}/")
        wait_until_loaded(tab)
        yield Town(server, tab)


def test_a_band_publishes_credits_a_guest_and_splits_what_it_earns(server, town, folder):
    found_band(town)
    ask_for_the_band(town)
    upload_as_the_band(town, sounds.write(folder / f"{TITLE}.wav", sounds.sine(2)))
    confirm_as_guest(town)
    claim_a_page(town)
    product_id = split(town)
    split_support(town)
    sell_twice_and_refund(town, product_id)
    read_statement(town)
    leave(town)
    # What is agreed outlasts a member's role, and the books add up.
    path = f"marketplace/products/{product_id}/splits"
    parts = town.ask("ada", "GET", path, profile=town.band)["parts"]
    assert [each["parts_per_10000"] for each in parts] == [5000, 3000, 2000]
    path = f"marketplace/profiles/{town.band}/splits"
    parts = town.ask("ada", "GET", path, profile=town.band)["parts"]
    assert [each["parts_per_10000"] for each in parts] == [5000, 5000]
    server.ensure_books_are_right()
    assert not [each for each in town.tab.complaints if not each.endswith("/lyrics")]


def found_band(town: Town) -> None:
    tab = town.tab
    town.enter("ada", "/settings/profiles")
    click(tab, "main form[name=page] [value=band]")
    fill(tab, handle="night_ferry", display_name=BAND)
    tab.ask("document.querySelector('main form[name=page] [type=submit]').click()")
    press(tab, f"Members of {BAND}")
    town.band = tab.ask("location.pathname.split('/').at(-1)")
    for name in ("ferry_ben", "ferry_cat"):
        fill(tab, invitee=name)
        tab.ask("document.querySelector('main form[name=invite] [type=submit]').click()")
        wait_for(tab, shows(name))
    [invitation] = town.ask("cat", "GET", "users/me/profile-invitations")["invitations"]
    town.ask("cat", "POST", f"profile-invitations/{invitation['id']}/accept")


def ask_for_the_band(town: Town) -> None:
    """The label asks in the browser, and the band accepts there: then everybody sees it."""
    form = {"kind": "label", "handle": "shore_records", "display_name": LABEL}
    label = town.ask("boss", "POST", "profiles", form)["id"]
    town.enter("boss", f"/settings/profiles/{label}")
    town.find_person("Artist or band", "night_ferry", "@night_ferry is asked.")
    press(town.tab, "Ask")
    wait_for(town.tab, shows("has not accepted yet"))
    # Somebody who is not here yet gets a page, and a link by which it is claimed.
    fill(town.tab, handle="mira_new", display_name="Mira New", invite_email=ARTIST)
    town.tab.ask("document.querySelector('main form[name=placeholder] [type=submit]').click()")
    wait_for(town.tab, shows(f"The link went to {ARTIST}."))
    town.enter("ada", f"/settings/profiles/{town.band}")
    press(town.tab, f"Accept the label {LABEL}")
    wait_for(town.tab, f"!{shows('asks you')}")
    follow(town.tab, "/artists/night_ferry")
    for text in (LABEL, "ferry_ada", "ferry_cat"):
        wait_for(town.tab, shows(text))


def upload_as_the_band(town: Town, sound: Any) -> None:
    tab = town.tab
    town.enter("ben", "/settings/profiles")
    press(tab, f"Accept the invitation to {BAND}")
    press(tab, f"Act as {BAND}")
    follow(tab, "/studio")
    choose_files(tab, "files", [sound])
    wait_for(tab, "document.querySelectorAll('.uploads .badge.ok').length === 1")
    press(tab, f"Edit {TITLE}")
    press(tab, "Add an artist")
    tab.ask("document.querySelector('main form .join').value = 'feat.'")
    tab.ask("document.querySelector('main form .join').dispatchEvent(new Event('input'))")
    town.find_person("Name in row 2", "ferry_guest", "is asked when you save")
    wait_for(tab, shows(f"Shown as: {BAND} feat. ferry_guest"))
    fill(tab, visibility="public")
    tab.ask("document.querySelector('main form.edit [type=submit]').click()")
    wait_for(tab, "!document.querySelector('main form.edit')")


def confirm_as_guest(town: Town) -> None:
    tab = town.tab
    town.enter("guest", "/settings/credits")
    press(tab, f"It’s me: {TITLE}")
    wait_for(tab, shows("Nothing waits for your answer."))
    follow(tab, "/artists/ferry_guest")
    wait_for(tab, shows("Appears on"))
    wait_for(tab, shows(f"{BAND} feat. ferry_guest"))


def claim_a_page(town: Town) -> None:
    """The guest opens the link of the mail, and owns the page that the label made."""
    found: list[str] = []

    def is_there() -> bool:
        mails = [path.read_text() for path in Path(town.server.data_dir, "mail").glob("*.eml")]
        texts = [mail.replace("=\n", "") for mail in mails if ARTIST in mail]
        found[:] = [token for text in texts for token in re.findall(r"/claim/([\w-]+)", text)]
        return bool(found)

    until(is_there, 60)
    follow(town.tab, f"/claim/{found[0]}")
    press(town.tab, "Claim this page")
    wait_for(town.tab, shows("Members of Mira New"))
    wait_for(town.tab, shows(LABEL))
    [owned] = [
        each
        for each in town.ask("guest", "GET", "users/me/profiles")["profiles"]
        if each["handle"] == "mira_new"
    ]
    assert (owned["role"], owned["placeholder"]) == ("owner", False)


def split(town: Town) -> str:
    """The owner proposes in the browser, one party accepts there, the other over the API."""
    tab = town.tab
    form = {"title": TITLE, "type": "preset", "price_cents": PRICE, "currency": "EUR"}
    form["status"] = "published"
    made = town.ask("ada", "POST", "marketplace/products", form, profile=town.band)
    town.enter("ada", "/settings/profiles")
    press(tab, f"Act as {BAND}")
    follow(tab, f"/studio/products/{made['id']}")
    press(tab, "Change the parts")
    for name in ("ferry_ben", "ferry_cat"):
        town.find_person("Add somebody", name, f"{name}\n")
    percent = "document.querySelectorAll('[name=percent]')"
    wait_for(tab, f"{percent}.length === 3")
    for index, text in enumerate(("50", "30", "20.00")):
        tab.ask(
            f"{percent}[{index}].value = '{text}';"
            f"{percent}[{index}].dispatchEvent(new Event('input', {{bubbles: true}}))"
        )
    wait_for(tab, shows("gets €2.70 of €6.00"))
    press(tab, "Propose")
    wait_for(tab, shows("Waits for answers"))
    path = f"marketplace/products/{made['id']}/splits/accept"
    town.ask("cat", "POST", path)
    town.enter("ben", "/studio/splits")
    press(tab, TITLE)
    wait_for(tab, shows("That is €1.62 in place of €0.00 of each €6.00."))
    press(tab, "Accept")
    wait_for(tab, f"!{shows('Waits for answers')} && {shows('30.00%')}")
    return made["id"]


def split_support(town: Town) -> None:
    """The band shares tips and memberships with Cat, who accepts in the browser."""
    tab = town.tab
    town.enter("ada", "/settings/profiles")
    press(tab, f"Act as {BAND}")
    follow(tab, "/studio/splits")
    press(tab, "Change the parts", "main .splits")
    town.find_person("Add somebody", "ferry_cat", "ferry_cat\n")
    press(tab, "Equal parts")
    press(tab, "Propose")
    wait_for(tab, shows("Waits for answers"))
    town.enter("cat", "/studio/splits")
    press(tab, BAND)
    wait_for(tab, shows("You would get 50.00% in place of 0.00%."))
    press(tab, "Accept")
    wait_for(tab, f"!{shows('Waits for answers')} && {shows('50.00%')}")


def sell_twice_and_refund(town: Town, product_id: str) -> None:
    for buyer in ("boss", "fan"):
        form = {"items": [{"product_id": product_id}]}
        order = town.ask(buyer, "POST", "marketplace/orders", form)
        payment = f"sandbox/payments/{order['payment']['payment_id']}/confirm"
        town.ask(buyer, "POST", payment, {"outcome": "succeeded"})
        path = f"marketplace/orders/{order['id']}"
        until(lambda: town.ask(buyer, "GET", path)["status"] == "paid", 60)  # noqa: B023
    town.ask("ada", "POST", f"{path}/refund", {"reason": "Sent twice"}, profile=town.band)
    until(lambda: town.ask("fan", "GET", path)["status"] == "refunded", 60)


def read_statement(town: Town) -> None:
    """Ben sits at the browser: his part of both sales, less that of the refund."""
    town.enter("ben", "/studio/payouts/statements")
    amounts = "[...document.querySelectorAll('.statement dd')].map(each => each.innerText).join()"
    shown = "€0.00,€3.60,-€0.36,-€1.62,€0.00,€0.00,€1.62"
    wait_for(town.tab, f"{amounts} === {json.dumps(shown)}")
    wait_for(town.tab, shows("€1.62 are owed to you."))
    press(town.tab, "Connect an account")
    wait_for(town.tab, "location.pathname === '/studio/payouts'")
    [statement] = town.ask("ben", "GET", "marketplace/statements")["statements"]
    assert statement["closing_balance_cents"] == 162


def leave(town: Town) -> None:
    town.enter("cat", "/settings/profiles")
    press(town.tab, f"Leave {BAND}")
    press(town.tab, "Leave", "dialog")
    wait_for(town.tab, f"!{shows(BAND)}")
    follow(town.tab, "/artists/night_ferry")
    wait_for(town.tab, shows("ferry_ben"))
    # Who was shown is named as a former member.
    wait_for(town.tab, shows("Former members") + " && " + shows("ferry_cat"))
