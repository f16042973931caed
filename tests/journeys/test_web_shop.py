"""The shop in a real browser: bought by keyboard, downloaded, redeemed, and never bought twice."""

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import sounds
from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import calling, sign_up, until, upload, wait_for_track
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import click, press, shows
from tests.make import PASSWORD

LOOPS = b"RIFF" + bytes(range(256)) * 4000
SELLER, BUYER = "shop_label", "shop_listener"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@dataclass(frozen=True)
class Shop:
    """Make the products of a seller; return their ids by name."""

    token: str
    release_id: str
    album: str
    loops: str
    gift: str
    code: str
    last: str


@pytest.fixture(scope="module")
def shop(server, folder) -> Shop:
    token = sign_up(server, SELLER)
    with calling(server, token) as client:

        def make(path, form):
            answer = client.post(path, json=form)
            assert answer.status_code == 201, answer.text
            return answer.json()["data"]

        def offer(title, price, **more):
            form = {"title": title, "type": "sample_pack", "price_cents": price, "currency": "EUR"}
            return make("marketplace/products", form | {"status": "published"} | more)["id"]

        source = sounds.write(folder / "shore.flac", sounds.sine(3))
        track = wait_for_track(client, upload(client, source, title="Two Shores"))
        tracks = [{"track_id": track["id"], "disc": 1, "number": 1}]
        release = {"title": "Shores", "kind": "single", "artist_name": "Mira"}
        made = make("releases", release | {"visibility": "public", "tracks": tracks})
        album = offer("Shores", 700, type="album", release_id=made["id"], licence="To listen to.")
        choice = {"pricing": "pay_what_you_want", "description": "Twelve loops."}
        loops, gift = offer("Kiln Loops", 500, **choice), offer("Vinyl Bonus", 900)
        for product in (loops, gift):
            path = f"marketplace/products/{product}/files"
            assert client.post(path, files={"file": ("loops.wav", LOOPS)}).status_code == 201
        codes = make(f"marketplace/products/{gift}/codes", {"count": 1, "label": "Vinyl"})["codes"]
        return Shop(token, made["id"], album, loops, gift, codes[0], offer("Last One", 300))


@pytest.fixture
def tab() -> Iterator:
    with browsing() as opened:
        yield opened


def is_there(selector):
    return f"!!document.querySelector({json.dumps(selector)})"


def go(tab, selector):
    """Reach an element with the Tab key alone, and press Enter."""
    wait_for(tab, is_there(selector))
    for _ in range(120):
        if tab.ask(f"document.activeElement.matches({json.dumps(selector)})"):
            return tab.press("Enter")
        tab.press("Tab")
    raise AssertionError(f"The Tab key does not reach {selector}.")


def fill(tab, **values):
    for name, value in values.items():
        field = f"document.querySelector('form [name={name}]')"
        wait_for(tab, f"!!{field}")
        tab.ask(f"{field}.focus(), {field}.select?.()")
        tab.write(value)


def watch_saves(tab):
    """Remember what the page saves, and whether it showed progress."""
    tab.ask(
        "globalThis.saves = []; globalThis.progress = false;"
        "const make = URL.createObjectURL;"
        "URL.createObjectURL = blob => (saves.push(blob), make.call(URL, blob));"
        "new MutationObserver(() => {"
        "  if (document.querySelector('[role=progressbar]')) globalThis.progress = true; })"
        ".observe(document.body, {childList: true, subtree: true})"
    )


def read_save(tab):
    wait_for(tab, "saves.length > 0")
    content = tab.ask(
        "saves.shift().arrayBuffer().then(buffer => { let text = '';"
        " for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);"
        " return btoa(text); })"
    )
    return base64.b64decode(content)


def sign_in(tab, server, name, path):
    tab.open(f"{server.url}/sign-in?next={path}")
    fill(tab, email=f"{name}@example.com", password=PASSWORD)
    tab.press("Enter")
    wait_for(tab, f"location.pathname === '{path}'")


def orders_of(server, name):
    with calling(server) as client:
        form = {"email": f"{name}@example.com", "password": PASSWORD}
        token = client.post("auth/login", json=form).json()["data"]["access_token"]
    with calling(server, token) as client:
        return client.get("marketplace/orders").json()["data"]["orders"]


def mailed_link(server, email, path):
    """Return the path of the newest mailed link to a page."""

    def find():
        mails = [each.read_text() for each in sorted(Path(server.data_dir, "mail").glob("*.eml"))]
        own = [
            mail.replace("=\n", "").replace("=3D", "=") for mail in mails if f"To: {email}" in mail
        ]
        return [each for mail in own for each in re.findall(rf"{path}[\w#=.-]+", mail)]

    until(lambda: bool(find()), 30, lambda: f"No mail to {email} has a link to {path}.")
    return find()[-1]


def subscribers_of(server, shop):
    with calling(server, shop.token) as client:
        seller = client.get("users/me").json()["data"]["id"]
        return client.get(f"profiles/{seller}/subscribers").json()["data"]["confirmed"]


def tick_mail(tab, server, shop):
    """Tick the consent for the seller in the cart; return the number of subscribers before."""
    box = "document.querySelector('.cart-sum [name=mail]')"
    wait_for(tab, f"!!{box}")
    assert not tab.ask(f"{box}.checked")
    tab.ask(f"{box}.click()")
    return subscribers_of(server, shop)


def confirm_mail(server, shop, email):
    """Answer the mail that asks whether the seller may write, who has no address before."""
    before = subscribers_of(server, shop)
    with browsing() as other:
        other.open(f"{server.url}{mailed_link(server, email, '/mail/confirm')}")
        wait_for(other, "document.querySelector('main')?.innerText.includes('You get mail from')")
    assert subscribers_of(server, shop) == before + 1


def download_all(tab):
    """Request an archive and save it, and save licence and invoice."""
    watch_saves(tab)
    go(tab, ".archives [aria-label='Prepare MP3 320']")
    go(tab, ".archives [aria-label^='Download ']")
    archive = zipfile.ZipFile(io.BytesIO(read_save(tab)))
    assert archive.read("01 Two Shores.mp3")[:3] == b"ID3"
    assert tab.ask("progress")
    go(tab, ".order-items summary")
    go(tab, ".order-items details button")
    assert b"To listen to." in read_save(tab)
    go(tab, "aside .btn")
    assert read_save(tab).startswith(b"%PDF-")


def ensure_offered(tab: Tab, page: str, told: str = "") -> None:
    """Fail unless a page with something to buy is accessible, tells this, and can be reported."""
    ensure_accessible(tab, page)
    assert told in tab.ask("document.querySelector('.buy-panel').innerText")
    assert tab.ask(is_there("main [aria-label=Report]"))


def test_a_visitor_buys_a_release_by_keyboard_without_an_account_and_makes_one_later(
    server, shop, tab
):
    """On a phone, in three presses: buy, go on with an address, pay. No cookie of a session."""
    email = f"{BUYER}@example.com"
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    tab.call("Emulation.setDeviceMetricsOverride", **phone)
    tab.open(f"{server.url}/releases/{shop.release_id}")
    wait_for(tab, is_there(".buy-panel button[type=submit]"))
    ensure_offered(
        tab, "release", "To download as: FLAC, MP3 320, MP3 V0, AAC, Opus, Original files"
    )
    tab.ask(
        "window.presses = 0;"
        "addEventListener('click', (event) => { window.presses += event.isTrusted ? 1 : 0; }, true)"
    )
    go(tab, ".buy-panel button[type=submit]")
    wait_for(tab, is_there(".cart-sum [name=email]"))
    ensure_accessible(tab, "cart of a visitor")
    tick_mail(tab, server, shop)
    fill(tab, email=email)
    tab.press("Enter")
    wait_for(tab, "location.pathname.startsWith('/checkout/')")
    wait_for(tab, is_there(".pay-panel .btn.main"))
    ensure_accessible(tab, "checkout")
    go(tab, ".pay-panel .btn.main")
    wait_for(tab, "location.pathname.startsWith('/guest-orders/')")
    wait_for(tab, is_there(".archives .formats li:nth-child(6)"))
    assert tab.ask("window.presses") == 3
    ensure_accessible(tab, "order of a guest")
    assert tab.ask("document.cookie") == ""
    tab.call("Emulation.clearDeviceMetricsOverride")

    confirm_mail(server, shop, email)

    # The mailed link opens it in any browser.
    link = mailed_link(server, email, "/guest-orders/")
    with browsing() as other:
        other.open(f"{server.url}{link}")
        wait_for(other, is_there(".archives .formats li:nth-child(6)"))
        download_all(other)

    # An account gets the order with the verified address.
    go(tab, "aside a[href^='/sign-up']")
    fill(tab, username=BUYER, email=email, password=PASSWORD)
    tab.press("Enter")
    wait_for(tab, "location.pathname === '/library/purchases'")
    assert orders_of(server, BUYER) == []
    tab.open(f"{server.url}{mailed_link(server, email, '/verify-email')}")
    wait_for(tab, is_there("main .btn"))
    [order] = orders_of(server, BUYER)
    assert (order["status"], order["total_cents"]) == ("paid", 700)
    tab.open(f"{server.url}{link}")
    wait_for(tab, is_there("aside a[href='/orders']"))

    # The release says so, too.
    tab.open(f"{server.url}/releases/{shop.release_id}")
    wait_for(tab, is_there(f".buy-panel a[href='/orders/{order['id']}']"))
    ensure_accessible(tab, "release that was bought")
    tab.open(f"{server.url}/orders")
    wait_for(tab, is_there(f".orders a[href='/orders/{order['id']}']"))
    ensure_accessible(tab, "orders")
    tab.open(f"{server.url}/orders/{order['id']}")
    wait_for(tab, is_there(".archives .formats li:nth-child(6)"))
    ensure_accessible(tab, "order")


def describe_gift(tab, recipient):
    """Fill in for whom a gift is; a web address in its words is refused."""

    def write(field, text):
        tab.ask(f"document.querySelector('dialog {field}').select()")
        tab.write(text)

    save = "document.querySelector('dialog .btn.main').click()"
    write("[name=recipient]", recipient)
    write("[name=recipient-name]", "Maren")
    write("[name=sender]", "Jon")
    write("textarea", "See www.evil.example")
    tab.ask(save)
    wait_for(tab, is_there("dialog textarea[aria-invalid]"))
    write("textarea", "Happy birthday!")
    tab.ask(save)
    wait_for(tab, f"!{is_there('dialog')} && {is_there('.gift-line')}")
    ensure_accessible(tab, "cart with a gift")


def test_a_guest_gives_an_album_and_the_recipient_opens_the_mail_in_another_browser(
    server, shop, tab
):
    giver, recipient = "shop_giver@example.com", "shop_given@example.com"
    tab.open(f"{server.url}/products/{shop.album}")
    give = ".buy-panel button.ghost:last-of-type"
    wait_for(tab, is_there(give))
    tab.ask(f"document.querySelector('{give}').click()")
    wait_for(tab, is_there("dialog [name=recipient]"))
    ensure_accessible(tab, "for whom a gift is")
    describe_gift(tab, recipient)
    fill(tab, email=giver)
    tab.press("Enter")
    wait_for(tab, is_there(".pay-panel .btn.main"))
    go(tab, ".pay-panel .btn.main")
    wait_for(tab, is_there(".gift-state"))
    assert not tab.ask(is_there(".archives"))
    ensure_accessible(tab, "order with a gift")

    link = mailed_link(server, recipient, "/gift#code=")
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    with browsing() as other:
        other.call("Emulation.setDeviceMetricsOverride", **phone)
        other.open(f"{server.url}{link}")
        wait_for(other, is_there("main [name=email]"))
        assert "Happy birthday!" in other.ask("document.querySelector('main').innerText")
        ensure_accessible(other, "gift")
        fill(other, email=recipient)
        other.press("Enter")
        wait_for(other, "location.pathname.startsWith('/guest-orders/')")
        wait_for(other, is_there(".archives .formats li:nth-child(6)"))
        other.call("Emulation.clearDeviceMetricsOverride")
        watch_saves(other)
        # Archives are made once for all buyers: another test has the other format.
        go(other, ".archives [aria-label='Prepare FLAC']")
        go(other, ".archives [aria-label^='Download '][aria-label*='FLAC']")
        archive = zipfile.ZipFile(io.BytesIO(read_save(other)))
        assert archive.read("01 Two Shores.flac")[:4] == b"fLaC"
        other.open(f"{server.url}{link}")
        wait_for(other, is_there("main .notice"))
        ensure_accessible(other, "gift that was redeemed")

    told = "document.querySelector('.gift-state [role=status]').innerText"
    tab.open(tab.ask("location.href"))
    wait_for(tab, f"{is_there('.gift-state')} && {told}.includes('redeemed')")
    assert recipient not in tab.ask(told)


def test_a_buyer_pays_what_they_want_after_a_refusal_of_the_bank(server, shop, tab):
    sign_up(server, "shop_generous")
    sign_in(tab, server, "shop_generous", f"/products/{shop.loops}")
    wait_for(tab, is_there(".buy-panel input"))
    ensure_offered(tab, "product")
    tab.ask("document.querySelector('.buy-panel input').select()")
    tab.write("4.99")
    tab.press("Enter")
    wait_for(tab, is_there(".buy-panel [role=alert]"))
    ensure_accessible(tab, "product with too little")
    tab.ask("document.querySelector('.buy-panel input').select()")
    tab.write("7.50")
    tab.press("Enter")
    wait_for(tab, is_there(".cart-sum [type=submit]"))
    before = tick_mail(tab, server, shop)
    # Twice, as impatient people do.
    tab.ask("document.querySelector('.cart-sum [type=submit]').click()")
    tab.ask("document.querySelector('.cart-sum [type=submit]')?.click()")
    wait_for(tab, is_there(".pay-panel .btn.main"))
    assert subscribers_of(server, shop) == before + 1
    go(tab, ".pay-panel .btn:not(.main)")
    wait_for(tab, is_there(".pay-panel .notice.bad"))
    ensure_accessible(tab, "payment that failed")
    tab.open(tab.ask("location.href"))
    go(tab, ".pay-panel .btn.main")
    wait_for(tab, is_there(".files [aria-label='Download loops.wav']"))
    [order] = orders_of(server, "shop_generous")
    assert (order["status"], order["total_cents"]) == ("paid", 750)
    watch_saves(tab)
    go(tab, ".files [aria-label='Download loops.wav']")
    assert read_save(tab) == LOOPS
    assert tab.ask("progress")

    # A review, which is changed, and then the money back.
    page = tab.ask("location.pathname")
    tab.open(f"{server.url}/products/{shop.loops}")
    wait_for(tab, is_there(".review-form textarea"))
    ensure_accessible(tab, "product that was bought")
    fill(tab, comment="Warm.")
    go(tab, ".review-form [type=submit]")
    go(tab, ".review .own .btn:not(.bad)")
    fill(tab, comment="Very warm.")
    go(tab, ".review-form [type=submit]")
    wait_for(tab, "document.querySelector('.review blockquote')?.innerText === 'Very warm.'")
    ensure_accessible(tab, "own review")
    tab.open(f"{server.url}{page}")
    go(tab, ".ask-refund")
    wait_for(tab, is_there("aside form"))
    ensure_accessible(tab, "refund form")
    go(tab, "aside form [type=submit]")
    wait_for(tab, is_there(".refunds .badge.ok"))
    wait_for(tab, f"!{is_there('.files')}")
    ensure_accessible(tab, "refunded order")
    assert [one["status"] for one in orders_of(server, "shop_generous")] == ["refunded"]


def test_a_code_is_redeemed_once_and_what_is_bought_is_not_bought_again(server, shop, tab):
    sign_up(server, "shop_collector")
    sign_in(tab, server, "shop_collector", "/redeem")
    fill(tab, code="0000-0000")
    tab.press("Enter")
    wait_for(tab, is_there("form [role=alert]"))
    ensure_accessible(tab, "wrong code")
    fill(tab, code=shop.code.lower())
    tab.press("Enter")
    wait_for(tab, is_there(".files [aria-label='Download loops.wav']"))
    ensure_accessible(tab, "redeemed")
    tab.open(f"{server.url}/products/{shop.gift}")
    wait_for(tab, is_there(".buy-panel a[href^='/orders/']"))
    assert not tab.ask(is_there(".buy-panel form"))


def make_discount(tab, server):
    """Make a code for everything in the studio, of a fifth."""
    sign_in(tab, server, SELLER, "/studio/products/discounts")
    wait_for(tab, is_there("main .state"))
    ensure_accessible(tab, "no discount codes")
    press(tab, "New code")
    fill(tab, code="spring-26", label="Newsletter", maxUses="50")
    ensure_accessible(tab, "new discount code")
    tab.press("Enter")
    wait_for(tab, shows("used 0 of 50 times"))
    ensure_accessible(tab, "discount codes")


def test_a_guest_buys_with_a_code_and_the_seller_sees_it(server, shop, tab):
    email = "shop_saver@example.com"
    with browsing() as studio:
        make_discount(studio, server)
        tab.open(f"{server.url}/products/{shop.last}?code=SPRING-26")
        wait_for(tab, is_there(".buy-panel .price s"))
        assert "2.40" in tab.ask("document.querySelector('.buy-panel .price b').innerText")
        ensure_accessible(tab, "product with a code")
        go(tab, ".buy-panel [type=submit]")
        wait_for(tab, is_there(".savings"))
        fill(tab, discount="WINTER", email=email)
        tab.press("Enter")
        wait_for(tab, is_there(".cart-sum [role=alert]"))
        assert tab.ask("location.pathname") == "/cart", "A wrong code orders nothing."
        ensure_accessible(tab, "cart with a wrong code")
        fill(tab, discount="Spring-26")
        tab.press("Enter")
        wait_for(tab, is_there(".savings"))
        assert "2.40" in tab.ask("document.querySelector('.cart-sum .price b').innerText")
        ensure_accessible(tab, "cart with a code")
        go(tab, ".cart-sum [type=submit]")
        wait_for(tab, is_there(".pay-panel .btn.main"))
        assert "SPRING" in tab.ask("document.querySelector('.item-price').innerText").upper()
        go(tab, ".pay-panel .btn.main")
        wait_for(tab, is_there(".order-items .item-price s"))
        ensure_accessible(tab, "order with a code")

        studio.open(f"{server.url}/studio/products/discounts")
        wait_for(studio, shows("used 1 of 50 times"))
        press(studio, "End spring-26")
        wait_for(studio, shows("Ended"))
        studio.open(f"{server.url}/studio/sales")
        press(studio, "Details of the sale of Last One")
        wait_for(studio, is_there(".sale-details .item-price s"))
        ensure_accessible(studio, "sale with a code")


def test_two_tabs_with_one_cart_place_one_order(server, shop, tab):
    sign_up(server, "shop_twice")
    sign_in(tab, server, "shop_twice", f"/products/{shop.last}")
    with tab.beside() as other:
        go(tab, ".buy-panel [type=submit]")
        wait_for(tab, is_there(".cart-sum [type=submit]"))
        other.open(f"{server.url}/cart")
        wait_for(other, is_there(".cart-sum [type=submit]"))
        for one in (tab, other):
            one.ask("document.querySelector('.cart-sum [type=submit]')?.click()")
        wait_for(tab, "location.pathname.startsWith('/checkout/')")
        wait_for(
            other,
            "location.pathname.startsWith('/checkout/') || !!document.querySelector('.state')",
        )
    assert len(orders_of(server, "shop_twice")) == 1


def test_a_limited_product_sells_out_in_front_of_a_second_visitor(server, shop, tab):
    """The first one pays in francs, and who comes second is told, and has ordered nothing."""
    form = {"title": "Test Pressing", "type": "sample_pack", "price_cents": 1800, "stock": 1}
    prices = [{"currency": "CHF", "price_cents": 1900}]
    with calling(server, shop.token) as client:
        form |= {"currency": "EUR", "status": "published", "prices": prices}
        single = client.post("marketplace/products", json=form).json()["data"]["id"]
    page = f"{server.url}/products/{single}"
    with browsing() as other:
        for one in (tab, other):
            one.open(page)
            wait_for(one, is_there(".buy-panel form"))
            assert "Only 1 left" in one.ask("document.querySelector('.buy-panel').innerText")
        ensure_accessible(tab, "limited product")
        choose_currency(tab, ".buy-panel", "CHF")
        wait_for(tab, "document.querySelector('.buy-panel .price').innerText.includes('19')")
        for one in (tab, other):
            go(one, ".buy-panel button[type=submit]")
            wait_for(one, is_there(".cart-sum [name=email]"))
        ensure_accessible(tab, "cart with a choice of currencies")
        fill(tab, email="first@example.com")
        tab.press("Enter")
        wait_for(tab, "location.pathname.startsWith('/checkout/')")
        wait_for(tab, "document.querySelector('.pay-panel .price')?.innerText.includes('CHF')")

        fill(other, email="second@example.com")
        other.press("Enter")
        wait_for(other, is_there(".cart-rows .off"))
        assert "Sold out" in other.ask("document.querySelector('.cart-rows .off').innerText")
        assert other.ask("location.pathname") == "/cart"
        ensure_accessible(other, "cart with what is sold out")
        other.open(page)
        wait_for(other, "document.querySelector('.buy-panel')?.innerText.includes('Sold out')")
        assert not other.ask(is_there(".buy-panel form"))
        ensure_accessible(other, "sold out")

    go(tab, ".pay-panel .btn.main")
    wait_for(tab, "location.pathname.startsWith('/guest-orders/')")
    with calling(server) as client:
        product = client.get(f"marketplace/products/{single}").json()["data"]
    assert (product["stock"], product["is_sold_out"]) == (0, True)
    # What is chosen is remembered on other pages.
    tab.open(f"{server.url}/products")
    wait_for(tab, is_there(".currency select"))
    assert tab.ask("document.querySelector('.currency select').value") == "CHF"


def test_a_seller_who_saw_an_older_stock_looks_again(server, shop, tab):
    def stock():
        with calling(server) as client:
            return client.get(f"marketplace/products/{shop.album}").json()["data"]["stock"]

    def write(text):
        tab.ask("document.querySelector('form [name=stock]').select()")
        tab.write(text)
        tab.press("Enter")

    sign_in(tab, server, SELLER, f"/studio/products/{shop.album}")
    wait_for(tab, is_there("form [name=stock]"))
    ensure_accessible(tab, "product editor")
    with calling(server, shop.token) as client:
        assert client.put(f"marketplace/products/{shop.album}", json={"stock": 7}).is_success
    write("20")
    wait_for(tab, is_there("form .notice.bad"))
    wait_for(tab, "document.querySelector('form [name=stock]').value === '7'")
    assert stock() == 7
    write("19")
    until(lambda: stock() == 19, 10, lambda: f"The stock is {stock()}.")


def choose_currency(tab, place, currency):
    field = f"document.querySelector('{place} [name=currency]')"
    changed = "dispatchEvent(new Event('change', {bubbles: true}))"
    tab.ask(f"{field}.value = '{currency}'; {field}.{changed}")


def test_sellers_see_their_product_without_a_button_to_buy_it(server, shop, tab):
    sign_in(tab, server, SELLER, f"/products/{shop.loops}")
    wait_for(tab, is_there(".buy-panel .price"))
    wait_for(tab, "document.querySelector('.buy-panel').innerText.includes('This is yours')")
    assert not tab.ask(is_there(".buy-panel button"))
    ensure_accessible(tab, "own product")


def test_the_list_of_products_and_empty_pages_are_accessible(server, shop, tab):
    tab.open(f"{server.url}/products?q=kiln")
    wait_for(tab, is_there(f".card a[href='/products/{shop.loops}']"))
    ensure_accessible(tab, "products")
    for path in ("/products?q=zzzzqqqq", "/cart", "/orders"):
        tab.open(f"{server.url}{path}")
        wait_for(tab, is_there(".state"))
        ensure_accessible(tab, path)
    for path in ("/redeem", "/guest-orders", "/guest-orders?sent=1", "/guest-orders/unknown"):
        tab.open(f"{server.url}{path}")
        wait_for(tab, is_there("main [name=email]"))
        ensure_accessible(tab, path)


def test_whoever_opens_a_product_while_typing_a_search_stays_there(server, shop, tab):
    tab.open(f"{server.url}/products?q=kiln")
    card = f"document.querySelector('.card a[href=\"/products/{shop.loops}\"]')"
    wait_for(tab, f"!!{card}")
    field = "document.querySelector('main [name=search]')"
    typed = f"{field}.value = 'kil'; {field}.dispatchEvent(new Event('input', {{bubbles: true}}))"
    # The code of the next page takes longer than the page waits for more letters.
    slow = {"latency": 500, "downloadThroughput": -1, "uploadThroughput": -1}
    tab.call("Network.emulateNetworkConditions", offline=False, **slow)
    tab.ask(f"{typed}; {card}.click()")
    wait_for(tab, "location.pathname !== '/products'")
    # Longer than the page waits for more letters.
    tab.ask("new Promise(over => setTimeout(over, 600))")
    assert tab.ask("location.pathname") == f"/products/{shop.loops}"


BUNDLED = ("Shores", "Kiln Loops", "Vinyl Bonus", "Last One")


def make_bundle(tab, server):
    """Make a bundle of four products in the studio, for a quarter less, and put it on sale."""
    sign_in(tab, server, SELLER, "/studio/products/bundles/new")
    fill(tab, title="The whole shelf", price="25")
    wait_for(tab, "document.querySelector('.bundle-preview').innerText.includes('25%')")
    ensure_accessible(tab, "new bundle")
    select = "document.querySelector('form [name=contents]')"
    tab.ask(f"{select}.value = 'products', {select}.dispatchEvent(new Event('change'))")
    wait_for(tab, is_there(".bundle-choice [type=checkbox]"))
    for title in BUNDLED:
        labels = "[...document.querySelectorAll('.bundle-choice label')]"
        tab.ask(f"{labels}.find(each => each.innerText.includes({title!r})).click()")
    wait_for(tab, "document.querySelector('.bundle-preview').innerText.includes('18.00')")
    ensure_accessible(tab, "choice of products")
    go(tab, "form [type=submit]")
    wait_for(tab, is_there(".chosen-bar .btn.main"))
    go(tab, ".chosen-bar .btn.main")
    wait_for(tab, is_there(".badge.ok"))
    ensure_accessible(tab, "bundle in the studio")
    return tab.ask("location.pathname").rpartition("/")[2]


def buy(server, name, product_id):
    """Make a member who has paid for a product."""
    token = sign_up(server, name)
    with calling(server, token) as client:
        items = [{"product_id": product_id}]
        order = client.post("marketplace/orders", json={"items": items}).json()["data"]
        path = f"sandbox/payments/{order['payment']['payment_id']}/confirm"
        assert client.post(path, json={"outcome": "succeeded"}).status_code == 202
        paid = f"marketplace/orders/{order['id']}"
        until(
            lambda: client.get(paid).json()["data"]["status"] == "paid", 30, lambda: "It is unpaid."
        )


def test_a_bundle_is_bought_by_a_visitor_and_by_a_member_who_has_a_part_of_it(server, shop, tab):
    bundle = make_bundle(tab, server)
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    with browsing() as guest:
        guest.call("Emulation.setDeviceMetricsOverride", **phone)
        guest.open(f"{server.url}/artists/{SELLER}?part=shop")
        go(guest, f".bundle-card a[href='/bundles/{bundle}']")
        wait_for(guest, is_there(".cart-sum [name=email]"))
        ensure_accessible(guest, "bundle of a visitor")
        fill(guest, email="shop_shelf@example.com")
        guest.press("Enter")
        wait_for(guest, "location.pathname.startsWith('/checkout/')")
        wait_for(guest, "document.body.innerText.includes('18.00')")
        go(guest, ".pay-panel .btn.main")
        wait_for(guest, "location.pathname.startsWith('/guest-orders/')")

    buy(server, "shop_rest", shop.last)
    with browsing() as member:
        sign_in(member, server, "shop_rest", f"/bundles/{bundle}")
        wait_for(member, "document.querySelectorAll('.bundle-items .off').length === 1")
        ensure_accessible(member, "bundle of which a part is owned")
        assert "15.75" in member.ask("document.querySelector('.cart-sum .price').innerText")
        go(member, ".cart-sum [type=submit]")
        go(member, ".pay-panel .btn.main")
        wait_for(member, "location.pathname.startsWith('/orders/')")
        [order, _] = orders_of(server, "shop_rest")
        assert (order["total_cents"], len(order["items"])) == (1575, 3)
        member.open(f"{server.url}/bundles/{bundle}")
        wait_for(member, is_there(".buy-panel a[href='/library/purchases']"))
        assert not member.ask(is_there(".cart-sum"))


def open_jar(tab, server):
    """Open the tip jar in the studio, after a suggestion that is no amount."""
    sign_in(tab, server, SELLER, "/studio/sales/tips")
    fill(tab, amount1="two", amount2="5", amount3="10", thanks="See you on tour.")
    tab.ask("document.querySelector('form [name=open]').click()")
    click(tab, "form.panel [type=submit]")
    wait_for(tab, is_there("[name=amount1][aria-invalid]"))
    fill(tab, amount1="2")
    ensure_accessible(tab, "tip jar")
    click(tab, "form.panel [type=submit]")
    wait_for(tab, "document.body.innerText.includes('Saved.')")


def test_a_guest_tips_an_artist_on_a_phone_who_reads_the_words(server, shop, tab):
    open_jar(tab, server)
    with browsing() as other:
        phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        other.call("Emulation.setDeviceMetricsOverride", **phone)
        other.open(f"{server.url}/artists/{SELLER}")
        press(other, f"Tip {SELLER}")
        wait_for(other, is_there("dialog .tip-choices input:checked"))
        ensure_accessible(other, "dialog of a tip")
        other.ask("document.querySelector('dialog .tip-choices label:last-child input').click()")
        fill(other, amount="7.50", message="For the next record!", email="fan@example.com")
        click(other, "dialog [type=submit]")
        wait_for(other, "location.pathname.startsWith('/checkout/')")
        wait_for(other, shows("Where to send the receipt"))
        go(other, ".pay-panel .btn.main")
        wait_for(other, "location.pathname.startsWith('/guest-orders/')")
        for said in (f"Tip to {SELLER}", "See you on tour.", "For the next record!"):
            wait_for(other, shows(said))
        ensure_accessible(other, "tip of a guest")
        assert other.ask("document.cookie") == ""
    tab.open(f"{server.url}/studio/sales/tips")
    wait_for(tab, shows("For the next record!"))
    ensure_accessible(tab, "tips")
    tab.open(f"{server.url}/studio/sales")
    wait_for(tab, shows(f"Tip to {SELLER}"))
    tab.open(f"{server.url}/notifications")
    wait_for(tab, shows("Somebody sent you a tip of €7.50"))
