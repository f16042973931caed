"""Licences in a real browser: made in the studio, chosen, bought by a guest, with a contract."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import sounds
from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, sign_up, until
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import click, press, shows
from tests.make import PASSWORD

SELLER = "beat_maker"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture
def tab() -> Iterator:
    with browsing() as opened:
        yield opened


@pytest.fixture(scope="module")
def beat(server, folder) -> str:
    """Make a beat with two files, and return its id."""
    with calling(server, sign_up(server, SELLER)) as client:
        form = {"title": "Night Ferry", "type": "sample_pack", "price_cents": 900}
        made = client.post("marketplace/products", json=form | {"status": "published"})
        product_id = made.json()["data"]["id"]
        tone = sounds.write(folder / "beat.wav", sounds.sine(1)).read_bytes()
        for name in ("beat.wav", "stems.zip"):
            path = f"marketplace/products/{product_id}/files"
            assert client.post(path, files={"file": (name, tone)}).status_code == 201
    return product_id


def put(tab, selector, text, place=0):
    found = f"document.querySelectorAll({json.dumps(selector)})[{place}]"
    wait_for(tab, f"!!{found}")
    tab.ask(
        f"{found}.value = {json.dumps(text)};"
        f" {found}.dispatchEvent(new Event('input', {{bubbles: true}}))"
    )


def test_a_licence_is_offered_chosen_and_bought(tab, server, beat):
    tab.open(f"{server.url}/sign-in?next=/studio/products/{beat}")
    put(tab, "form [name=email]", f"{SELLER}@example.com")
    put(tab, "form [name=password]", PASSWORD)
    click(tab, "form [type=submit]")
    wait_for(tab, f"location.pathname === '/studio/products/{beat}'")

    for place, price in enumerate(("20", "50")):
        press(tab, "Add a licence")
        put(tab, "[name=variantPrice]", price, place)
    # Stems are no part of a lease unless they are chosen.
    click(tab, ".variant-fields .checked input")
    press(tab, "Save licences")
    wait_for(tab, "document.querySelectorAll('.variant-fields').length === 2")
    with calling(server) as client:
        path = f"marketplace/products/{beat}"
        wait_for(tab, "document.querySelector('[name=price]')?.disabled")
        assert client.get(path).json()["data"]["price_cents"] == 2000
        offered = client.get(f"{path}/variants").json()["data"]["variants"]
    assert [each["kind"] for each in offered] == ["lease", "stems"]
    assert [len(each["file_ids"]) for each in offered] == [1, 2]
    ensure_accessible(tab, "the studio with licences")

    with browsing() as other:
        _buy_as_guest(other, server, beat)


def _buy_as_guest(tab, server, beat):
    tab.open(f"{server.url}/products/{beat}")
    wait_for(tab, "document.querySelectorAll('.variant input').length === 2")
    ensure_accessible(tab, "a product with licences")
    tab.ask("document.querySelectorAll('.variant input')[1].click()")
    click(tab, ".buy-panel form [type=submit]")
    wait_for(tab, shows("Night Ferry – Stems"))
    put(tab, ".cart-sum [name=email]", "guest@example.com")
    put(tab, ".cart-sum [name=billing-name]", "Ben Buyer")
    click(tab, ".cart-sum form [type=submit]")
    wait_for(tab, "location.pathname.startsWith('/checkout/')")
    click(tab, ".pay-panel .btn.main")
    wait_for(tab, "location.pathname.startsWith('/guest-orders/')")
    link = mailed_link(server, "guest@example.com", "/guest-orders/")
    tab.open(f"{server.url}{link}")
    wait_for(tab, shows("Contract"))
    ensure_accessible(tab, "an order with a licence")
    tab.ask(
        "globalThis.saves = []; const make = URL.createObjectURL;"
        "URL.createObjectURL = blob => (saves.push(blob), make.call(URL, blob))"
    )
    press(tab, "Contract")
    wait_for(tab, "saves.length > 0")
    assert tab.ask("saves[0].text().then(text => text.slice(0, 4))") == "%PDF"


def mailed_link(server, email, path):
    """Return the path of the newest mailed link to a page."""

    def find():
        mails = [each.read_text() for each in sorted(Path(server.data_dir, "mail").glob("*.eml"))]
        own = [
            mail.replace("=\n", "").replace("=3D", "=") for mail in mails if f"To: {email}" in mail
        ]
        return [each for mail in own for each in re.findall(rf"{path}[\w#=.-]+", mail)]

    until(lambda: bool(find()), 60, lambda: f"No mail to {email} has a link to {path}.")
    return find()[-1]
