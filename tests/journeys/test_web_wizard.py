"""Setting up an empty server in a real browser: from the link in its log to its own name."""

import json
import re

import pytest

from tests import sounds
from tests.architecture.source import ROOT
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import served
from tests.journeys.web_pages import wait_for
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
ROOT_ELEMENT, DARK = "document.documentElement", "getPropertyValue('--accent-dark')"
FORM = "document.querySelector('main form')"
TERMS = "Be kind. Write to https://night-ferry.example/contact"


def fill(tab, **values):
    """Fill in the form as its reader does, and send it."""
    for name, value in values.items():
        field = f"document.querySelector('main form [name={name}]')"
        wait_for(tab, f"!!{field}")
        tab.ask(
            f"{field}.value = {json.dumps(value)};"
            f"{field}.dispatchEvent(new Event('input', {{bubbles: true}}))"
        )
    tab.ask(f"{FORM}.querySelector('button[type=submit]').click()")


def shows(text):
    return f"!!document.querySelector('main')?.innerText.includes({json.dumps(text)})"


def wait_for_step(tab, step):
    wait_for(tab, f"location.search === '?step={step}' && !!document.querySelector('main h2')")


def ensure_good(tab, what):
    """Ensure that the page is accessible, and fits a phone, a tablet and a desk."""
    if AXE.exists():
        tab.ask("'axe' in window || 0") or tab.ask(AXE.read_text())
    for theme, width in (("dark", 320), ("light", 768), ("light", 1440)):
        tab.resize(width)
        tab.ask(f"document.documentElement.dataset.theme = '{theme}'")
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not tab.ask(wide), (what, width)
        if AXE.exists() and width != 768:
            run = "axe.run(document).then(found => found.violations.map(each => each.id))"
            assert tab.ask(run) == [], (what, width)


def find_setup_path(server):
    """Return the path of the link that an operator finds in the log."""
    link = re.search(r"Open http://[^/]+(/setup#token=[\w-]+) to set up this server", server.log)
    assert link is not None, server.log
    return link[1]


def choose_logo(tab, picture):
    """Give the file field a picture, as the chooser of the system does."""
    root = tab.call("DOM.getDocument")["root"]["nodeId"]
    field = tab.call("DOM.querySelector", nodeId=root, selector="[data-pick=logo]")["nodeId"]
    tab.call("DOM.setFileInputFiles", nodeId=field, files=[str(picture)])


def test_an_empty_server_is_set_up_in_the_browser(tmp_path):
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
        fill(tab, username="keeper", email="keeper@example.com", password=PASSWORD)
        wait_for_step(tab, "identity")
        assert not tab.ask("location.hash")
        wait_for(tab, "!!document.querySelector('main [name=accent]')")
        choose_logo(tab, picture)
        wait_for(tab, "!!document.querySelector('.brand .logo')?.complete")
        color = "document.querySelector('main [name=accent]')"
        changed = f"{color}.dispatchEvent(new Event('change', {{bubbles: true}}))"
        tab.ask(f"{color}.value = '#ffe680'; {changed}")
        wait_for(tab, shows("On light pages this colour would be hard to see"))
        ensure_good(tab, "identity")
        fill(tab, name="Night Ferry", description="Field recordings.")
        wait_for_step(tab, "pages")
        wait_for(tab, "document.title.endsWith('Night Ferry')")
        ensure_good(tab, "pages")
        fill(tab, terms=TERMS)
        wait_for_step(tab, "signUp")
        wait_for(tab, "!!document.querySelector('main [name=mode]')")
        tab.ask("document.querySelector('main [value=invitation]').click()")
        ensure_good(tab, "sign-up")
        fill(tab)
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
        assert not [each for each in tab.complaints if "favicon" not in each]
