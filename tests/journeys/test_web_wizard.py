"""An empty server in two real browsers: from the link in its log to the first album sold."""

import re
from pathlib import Path

import pytest

from tests import sounds
from tests.journeys.axe import ALL_RULES, AXE, find_violations
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import Server, served, until
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import choose_files, drop, fill, press, send, shows
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

ROOT_ELEMENT, DARK = "document.documentElement", "getPropertyValue('--accent-dark')"
TERMS = "Be kind. Write to https://night-ferry.example/contact"


def wait_for_step(tab, step):
    wait_for(tab, f"location.search === '?step={step}' && !!document.querySelector('main h2')")


def ensure_good(tab, what):
    """Ensure that the page is accessible, and fits a phone, a tablet and a desk."""
    for theme, width in (("dark", 320), ("light", 768), ("light", 1440)):
        tab.resize(width)
        tab.ask(f"document.documentElement.dataset.theme = '{theme}'")
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not tab.ask(wide), (what, width)
        if AXE.exists() and width != 768:
            assert find_violations(tab, ALL_RULES) == [], (what, width)


def find_setup_path(server):
    """Return the path of the link that an operator finds in the log."""
    link = re.search(r"Open http://[^/]+(/setup#token=[\w-]+) to set up this server", server.log)
    assert link is not None, server.log
    return link[1]


def wait_for_logo(tab):
    """Wait for the logo, which is beside what is said of it, and not as high as the window."""
    wait_for(tab, "!!document.querySelector('.brand .logo')?.complete")
    assert tab.ask("document.querySelector('.logo-field').clientHeight < innerHeight / 3")


def test_an_empty_server_is_set_up_and_sells_its_first_album(tmp_path):
    picture = sounds.picture(tmp_path / "logo.png", width=64, height=64)
    with served("--workers", "1") as server, browsing() as tab:
        tab.prefer(prefers_reduced_motion="reduce")
        tab.open(f"{server.url}/setup")
        wait_for(tab, shows("Open the link from the log"))
        ensure_good(tab, "without a link")
        path = find_setup_path(server)

        tab.open("about:blank")
        tab.open(f"{server.url}{path}")
        wait_for(tab, "!!document.querySelector('main form [name=username]')")
        ensure_good(tab, "account")
        send(tab, username="keeper", email="keeper@example.com", password=PASSWORD)
        wait_for_step(tab, "identity")
        assert not tab.ask("location.hash")
        wait_for(tab, "!!document.querySelector('main [name=accent]')")
        choose_files(tab, "logo", [picture])
        wait_for_logo(tab)
        color = "document.querySelector('main [name=accent]')"
        changed = f"{color}.dispatchEvent(new Event('change', {{bubbles: true}}))"
        tab.ask(f"{color}.value = '#ffe680'; {changed}")
        wait_for(tab, shows("On light pages this colour would be hard to see"))
        ensure_good(tab, "identity")
        send(tab, name="Night Ferry", description="Field recordings.")
        wait_for_step(tab, "pages")
        wait_for(tab, "document.title.endsWith('Night Ferry')")
        ensure_good(tab, "pages")
        send(tab, terms=TERMS)
        wait_for_step(tab, "signUp")
        wait_for(tab, "!!document.querySelector('main [name=mode]')")
        tab.ask("document.querySelector('main [value=invitation]').click()")
        ensure_good(tab, "sign-up")
        send(tab)
        wait_for_step(tab, "tests")
        for kind, result in (("mail", "No mail server is set"), ("storage", "The storage works")):
            tab.ask(f"document.querySelector('[data-test={kind}] button').click()")
            wait_for(tab, shows(result))
        ensure_good(tab, "tests")
        tab.ask("document.querySelector('main .skip-step').click()")
        wait_for_step(tab, "done")
        ensure_good(tab, "done")

        tab.open(f"{server.url}/legal/terms")
        wait_for(tab, shows("Be kind."))
        wait_for(tab, "document.title === 'Terms · Night Ferry'")
        ensure_good(tab, "terms")
        assert tab.ask(f"getComputedStyle({ROOT_ELEMENT}).{DARK}") == "#ffe680"
        tab.open(f"{server.url}/console/site")
        wait_for(tab, "document.querySelector('main [name=name]')?.value === 'Night Ferry'")
        wait_for(tab, "document.querySelector('main [value=invitation]')?.checked === true")
        ensure_good(tab, "console")
        sell_album(tab, server, tmp_path)
        assert not [each for each in tab.complaints if "favicon" not in each]


def sell_album(tab: Tab, server: Server, folder: Path) -> None:
    """Upload an album, sell it to somebody who was invited, and be paid, all in the browser."""
    path = offer_album(tab, server, folder)
    connect_account(tab, server)
    tab.open(f"{server.url}/settings/invitations")
    press(tab, "Create invitation")
    wait_for(tab, "!!document.querySelector('main li code')")
    code = tab.ask("document.querySelector('main li code').innerText")
    with browsing() as other:
        buy(other, server, f"/sign-up?invitation={code}", path)
    tab.open(f"{server.url}/studio/payouts")
    wait_for(tab, shows("Your account is connected."))
    wait_until_paid(tab)


def offer_album(tab: Tab, server: Server, folder: Path) -> str:
    """Drop a folder, make a release of it, put it on sale; return the path of its page."""
    album = folder / "Two Shores"
    album.mkdir()
    for number in (1, 2):
        sounds.write(album / f"0{number} - Shore {number}.flac", sounds.sine(1 + number))
    tab.open(f"{server.url}/studio")
    drop(tab, album)
    wait_for(tab, "document.querySelectorAll('.uploads .badge.ok').length === 2")
    press(tab, "Make a release")
    fill(tab, title="Two Shores", kind="album", outlet="public")
    press(tab, "Create the release")
    wait_for(tab, "document.querySelector('main h1')?.innerText === 'Two Shores'")
    path = tab.ask("location.pathname").replace("/studio", "")
    wait_for(tab, "!!document.querySelector('main [name=sellPrice]')")
    fill(tab, sellPrice="7.50")
    press(tab, "Put on sale")
    wait_for(tab, shows("For sale at €7.50"))
    return path


def connect_account(tab: Tab, server: Server) -> None:
    """Connect a payout account, on the page of the sandbox."""
    tab.open(f"{server.url}/studio/payouts")
    press(tab, "Connect an account")
    wait_for(tab, "!!document.querySelector('main a[target=_blank]')")
    tab.open(tab.ask("document.querySelector('main a[target=_blank]').href"))
    press(tab, "Connect my account")
    wait_for(tab, "!document.querySelector('main form')")


def buy(tab: Tab, server: Server, sign_up: str, path: str) -> None:
    """Join by an invitation, and buy a release."""
    tab.open(f"{server.url}{sign_up}")
    send(tab, username="listener", email="listener@example.com", password=PASSWORD)
    # Nobody has to choose a picture.
    press(tab, "Not now")
    wait_for(tab, "location.pathname === '/'")
    tab.open(f"{server.url}{path}")
    for button in (".buy-panel [type=submit]", ".cart-sum [type=submit]", ".pay-panel .btn.main"):
        wait_for(tab, f"!!document.querySelector('{button}')")
        tab.ask(f"document.querySelector('{button}').click()")
    wait_for(tab, "location.pathname.startsWith('/orders/')")
    wait_for(tab, "!!document.querySelector('.archives .formats li')")
    assert tab.complaints == []


def wait_until_paid(tab: Tab) -> None:
    """Load the list of payouts until it shows the first one as paid."""

    listed = "!!document.querySelector('.lines li, #transfers-title + .soft')"

    def is_paid() -> bool:
        tab.open(tab.ask("location.href"))
        # Either a payout or that there is none: the list is shown before it is loaded.
        wait_for(tab, listed)
        return tab.ask("document.querySelector('.lines .badge.ok')?.innerText") == "Paid"

    until(is_paid, 60, lambda: tab.ask("document.querySelector('main').innerText"))
