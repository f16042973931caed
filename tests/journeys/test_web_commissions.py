"""A service in a real browser: sold in the studio, ordered, briefed, delivered, accepted."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest

from tests import sounds
from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, sign_up, until
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import choose_files, click, press, shows
from tests.make import PASSWORD

BUYER = "mix_client"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture
def tab() -> Iterator:
    with browsing() as opened:
        yield opened


def put(tab, selector, text):
    found = f"document.querySelector({json.dumps(selector)})"
    wait_for(tab, f"!!{found}")
    tab.ask(
        f"{found}.value = {json.dumps(text)};"
        f" {found}.dispatchEvent(new Event('input', {{bubbles: true}}));"
        f" {found}.dispatchEvent(new Event('change', {{bubbles: true}}))"
    )


def sign_in(tab, server, name, path):
    tab.open(f"{server.url}/sign-in?next={path}")
    put(tab, "form [name=email]", f"{name}@example.com")
    put(tab, "form [name=password]", PASSWORD)
    click(tab, "form [type=submit]")
    wait_for(tab, f"location.pathname === '{path}'")


def test_a_service_is_sold_ordered_made_and_accepted(tab, server, folder):
    buyer = sign_up(server, BUYER)
    with calling(server, sign_up(server, "mix_seller")) as client:
        form = {
            "title": "Mix of a song",
            "type": "service",
            "price_cents": 9000,
            "status": "published",
            "service": {"delivery_days": 5, "revisions": 1, "questions": "Which song is it?"},
        }
        made = client.post("marketplace/products", json=form)
        assert made.status_code == 201, made.text
        product_id = made.json()["data"]["id"]
        seller_client = client

        tab.open(f"{server.url}/products/{product_id}")
        wait_for(tab, shows("Delivered within 5 days of your brief"))
        assert tab.ask(shows("Sign in to order: a service is made for you"))
        ensure_accessible(tab, "a service for guests")

        sign_in(tab, server, BUYER, f"/products/{product_id}")
        wait_for(tab, "!!document.querySelector('.buy-panel form [type=submit]')")
        ensure_accessible(tab, "a service")
        commission_id = _buy(server, buyer, product_id)
        tab.open(f"{server.url}/commissions")
        wait_for(tab, shows("Mix of a song"))
        ensure_accessible(tab, "the services of a buyer")
        tab.open(f"{server.url}/commissions/{commission_id}")
        wait_for(tab, shows("Which song is it?"))
        ensure_accessible(tab, "a service without a brief")

        song = sounds.write(folder / "song.wav", sounds.sine(1))
        put(tab, ".commission-words textarea", "Warm, like the demo.")
        choose_files(tab, "commission", [song])
        wait_for(tab, "document.querySelectorAll('.commission-files > li').length === 1")
        press(tab, "Send the brief")
        wait_for(tab, shows("It is being made for you."))
        assert (
            tab.ask("document.querySelector('.commission-entries .files a').download") == "song.wav"
        )

        path = f"commissions/{commission_id}"
        delivered = seller_client.post(f"{path}/deliveries", json={"words": "Here it is."})
        assert delivered.status_code == 200, delivered.text
        tab.open(f"{server.url}/commissions/{commission_id}")
        wait_for(tab, shows("Here it is."))
        ensure_accessible(tab, "a delivered service")
        # What the other party wrote can be reported, and one's own words can't.
        buttons = "document.querySelectorAll('.commission-entries button.ib').length"
        assert tab.ask(buttons) == 1
        for width in (1440, 768, 390):
            tab.resize(width)
            assert tab.ask("document.documentElement.scrollWidth <= window.innerWidth")
        press(tab, "Accept the delivery")
        click(tab, "dialog .btn.main")
        wait_for(tab, shows("It is accepted, and paid."))
        assert seller_client.get(path).json()["data"]["status"] == "accepted"
    assert not tab.complaints


def _buy(server, buyer, product_id):
    with calling(server, buyer) as client:
        form = {"items": [{"product_id": product_id}]}
        key = {"Idempotency-Key": str(UUID(int=7))}
        order = client.post("marketplace/orders", json=form, headers=key).json()["data"]
        payment = f"sandbox/payments/{order['payment']['payment_id']}/confirm"
        assert client.post(payment, json={"outcome": "succeeded"}).status_code == 202
        commission_id = order["items"][0]["id"]
        until(lambda: client.get(f"commissions/{commission_id}").status_code == 200, 20)
        return commission_id
