"""Memberships in a real browser: a tier is made, joined on a phone, used, and left again."""

from collections.abc import Iterator

import pytest

from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import Server, calling, sign_up
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import click, press, shows
from tests.make import PASSWORD

ARTIST, FAN = "club_artist", "club_fan"
WELCOME = "Welcome aboard, it is loud in here."
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture
def tab() -> Iterator[Tab]:
    with browsing() as opened:
        yield opened


@pytest.fixture
def product_id(server: Server) -> str:
    """Make an artist who sells something."""
    form = {"title": "Tide Loops", "type": "sample_pack", "price_cents": 800, "currency": "EUR"}
    with calling(server, sign_up(server, ARTIST)) as client:
        answer = client.post("marketplace/products", json=form | {"status": "published"})
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]


def write(tab: Tab, **values: str) -> None:
    """Write into the fields of the form that is open."""
    for name, value in values.items():
        field = f"document.querySelector('form [name={name}]')"
        wait_for(tab, f"!!{field}")
        tab.ask(f"{field}.focus(), {field}.select()")
        tab.write(value)


def sign_in(tab: Tab, name: str) -> None:
    write(tab, email=f"{name}@example.com", password=PASSWORD)
    tab.press("Enter")


def make_tier(tab: Tab, server: Server) -> None:
    tab.open(f"{server.url}/sign-in?next=/studio/sales/tiers")
    sign_in(tab, ARTIST)
    wait_for(tab, shows("No tiers yet") + " && " + shows("No members yet"))
    ensure_accessible(tab, "no tiers")
    press(tab, "New tier")
    write(tab, name="Crew", percent="25", description="Every demo.", welcome=WELCOME)
    click(tab, "dialog [type=submit]")
    wait_for(tab, "document.activeElement.name === 'monthly'")
    ensure_accessible(tab, "tier without a price")
    write(tab, monthly="5", yearly="50")
    click(tab, "dialog [type=submit]")
    wait_for(tab, shows("€5.00 a month · €50.00 a year · 25% off products"))
    ensure_accessible(tab, "tiers")


def open_room(tab: Tab, server: Server) -> None:
    """Create a room for members of the tier in one step."""
    tab.open(f"{server.url}/messages/new")
    write(tab, room="The back room")
    wait_for(tab, "!!document.querySelector('form [name=tier]')")
    tab.ask(
        "(field => { field.selectedIndex = 1;"
        " field.dispatchEvent(new Event('change', {bubbles: true})); })"
        "(document.querySelector('form [name=tier]'))"
    )
    ensure_accessible(tab, "new room")
    press(tab, "Open the room")
    wait_for(tab, "/^.messages.[0-9a-f-]{36}$/.test(location.pathname)")
    wait_for(tab, shows("The back room"))


def join(tab: Tab, server: Server) -> None:
    """A visitor is sent to sign in, comes back, and pays for a month."""
    tab.open(f"{server.url}/artists/{ARTIST}")
    press(tab, "Join")
    wait_for(tab, shows("Every demo."))
    ensure_accessible(tab, "tiers of a visitor")
    press(tab, "Sign in to join")
    sign_in(tab, FAN)
    wait_for(tab, "location.search === '?part=memberships'")
    wait_for(tab, "document.querySelectorAll('.tiers [type=radio]').length === 2")
    ensure_accessible(tab, "tiers of a member")
    press(tab, "Join: Crew")
    wait_for(tab, "location.pathname.startsWith('/checkout/')")
    wait_for(tab, shows("Membership: Crew") + " && " + shows("€5.00"))
    click(tab, ".pay-panel .btn.main")
    wait_for(tab, "location.pathname.startsWith('/orders/')")
    wait_for(tab, shows(WELCOME))
    ensure_accessible(tab, "order of a membership")
    press(tab, "Your memberships")
    wait_for(tab, shows("Renews on "))
    ensure_accessible(tab, "own memberships")


def leave(tab: Tab) -> None:
    """In two clicks, one of which asks; that can be taken back, and done again."""
    for _ in range(2):
        press(tab, f"Cancel the membership: {ARTIST}")
        wait_for(tab, "!!document.querySelector('dialog .bad-main')")
        ensure_accessible(tab, "leaving")
        press(tab, "End the membership", "dialog")
        wait_for(tab, shows("Ends on ") + " && !document.querySelector('dialog')")
        ensure_accessible(tab, "membership that ends")
        press(tab, "Keep the membership")
        wait_for(tab, shows("Renews on "))
    click(tab, ".memberships details:has(button) > summary")
    press(tab, "1 month")
    wait_for(tab, shows("Paused until "))
    ensure_accessible(tab, "membership that is paused")
    press(tab, f"Cancel the membership: {ARTIST}")
    press(tab, "End the membership", "dialog")
    wait_for(tab, shows("Ends on "))


def buy(tab: Tab, server: Server, product_id: str) -> None:
    tab.open(f"{server.url}/products/{product_id}")
    click(tab, ".buy-panel [type=submit]")
    wait_for(tab, "document.querySelector('.cart-sum')?.innerText.includes('Order for €6.00')")
    ensure_accessible(tab, "cart at the price of members")
    click(tab, ".cart-sum [type=submit]")
    wait_for(tab, "location.pathname.startsWith('/checkout/')")
    wait_for(tab, "document.querySelector('.pay-panel .price')?.innerText.includes('€6.00')")
    ensure_accessible(tab, "checkout at the price of members")
    click(tab, ".pay-panel .btn.main")
    wait_for(tab, "location.pathname.startsWith('/orders/')")


def test_a_member_joins_on_a_phone_buys_for_less_and_leaves(server, product_id, tab):
    sign_up(server, FAN)
    with browsing() as studio:
        make_tier(studio, server)
        open_room(studio, server)
        tab.call("Emulation.setDeviceMetricsOverride", **PHONE)
        join(tab, server)
        buy(tab, server, product_id)
        tab.open(f"{server.url}/artists/{ARTIST}?part=memberships")
        wait_for(tab, shows("You are a member: Crew."))
        wait_for(
            tab, "document.querySelector('[href=\"/settings/memberships\"]').innerText === 'Member'"
        )
        wait_for(tab, shows("The back room"))
        ensure_accessible(tab, "tiers of who has one")
        press(tab, "Your memberships")
        leave(tab)

        studio.open(f"{server.url}/studio/sales/tiers")
        wait_for(studio, shows(FAN))
        wait_for(studio, shows("Ends on "))
        ensure_accessible(studio, "members")
        press(studio, "Close Crew for new members")
        wait_for(studio, shows("Closed"))
    with calling(server) as client:
        page = client.get(f"profiles/by-handle/{ARTIST}").json()["data"]
    assert page["takes_members"] is False
