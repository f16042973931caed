"""A planned stream in a real browser: planned in the studio, found, reminded of, cancelled."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import sounds
from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, sign_up
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import choose_files, click, press, shows
from tests.make import PASSWORD

TITLE = "Harbour at dusk"
WIDTHS = (1440, 768, 390)

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


def look(tab, name):
    """Check that a page is accessible and fits into each width."""
    ensure_accessible(tab, name)
    for width in WIDTHS:
        tab.resize(width)
        assert tab.ask("document.documentElement.scrollWidth <= window.innerWidth"), (name, width)
        if folder := os.environ.get("VEZA_PICTURES"):
            path = Path(folder) / f"{name.replace(' ', '-')}-{width}.png"
            path.write_bytes(tab.take_picture("png"))
    tab.resize(WIDTHS[0])


def is_reminded(where, *, is_wanted):
    state = f"[aria-pressed={str(is_wanted).lower()}][aria-busy=false]"
    return f"!!document.querySelector({json.dumps(f'{where} .remind{state}')})"


def test_a_stream_is_planned_found_and_reminded_of_until_it_is_cancelled(tab, server, folder):
    owner = sign_up(server, "plan_vera")
    listener = sign_up(server, "plan_lea")
    plan_two(tab, server, sounds.picture(folder / "cover.png", width=640, height=640))
    with calling(server, owner) as client:
        found = client.get("live/streams/upcoming").json()["data"]["streams"]
        [stream] = [each for each in found if each["title"] == TITLE]
    assert stream["cover_url"]
    with browsing() as other:
        sign_in(other, server, "plan_lea", "/live")
        remind(other, server, stream["id"])
        cancel(tab)
        other.open(f"{server.url}/live/{stream['id']}")
        wait_for(other, shows("This stream was cancelled"))
        look(other, "cancelled")
        other.open(f"{server.url}/notifications")
        wait_for(other, shows("plan_vera cancelled"))
        assert not other.complaints
    with calling(server, listener) as client:
        told = client.get("notifications").json()["data"]["notifications"]
        assert [each["kind"] for each in told] == ["stream_cancelled", "new_device"]
    assert not tab.complaints


def plan_two(tab, server, cover):
    """Plan a stream with a date and a cover in the studio, and one without a date."""
    sign_in(tab, server, "plan_vera", "/studio/live")
    put(tab, "form [name=title]", TITLE)
    at = "new Date(Date.now() + 2 * 86400e3 - new Date().getTimezoneOffset() * 60e3)"
    put(tab, "form [name=starts_at]", tab.ask(f"{at}.toISOString().slice(0, 16)"))
    choose_files(tab, "cover", [cover])
    wait_for(tab, "!!document.querySelector('.cover-field img')")
    press(tab, "Save")
    wait_for(tab, shows("Your streams to come"))
    press(tab, "Plan another stream")
    wait_for(tab, "document.querySelector('form [name=title]').value === ''")
    put(tab, "form [name=title]", "Undated")
    press(tab, "Save")
    wait_for(tab, "document.querySelectorAll('.planned-one').length >= 2")
    wait_for(tab, "document.querySelector('form [name=title]').value === 'Undated'")
    look(tab, "studio")


def remind(tab, server, stream_id):
    """Find a planned stream in all places, with the calendar that has it."""
    wait_for(tab, shows(TITLE))
    look(tab, "list")
    click(tab, ".stream-card .remind")
    wait_for(tab, is_reminded(".stream-card", is_wanted=True))
    press(tab, "Calendar")
    click(tab, "dialog .btn.main")
    wait_for(tab, "!!document.querySelector('dialog input[readonly]')")
    look(tab, "calendar")
    address = tab.ask("document.querySelector('dialog input[readonly]').value")
    path = f"new URL({json.dumps(address)}).pathname"
    calendar = tab.ask(f"fetch({path}).then((answer) => answer.text())")
    assert f"SUMMARY:plan_vera: {TITLE}" in calendar
    tab.open(f"{server.url}/artists/plan_vera")
    wait_for(tab, shows("Live dates"))
    look(tab, "artist")
    tab.open(f"{server.url}/live/{stream_id}")
    wait_for(tab, is_reminded(".stream-about", is_wanted=True))
    assert tab.ask(shows("Begins: "))
    look(tab, "stream")
    for is_wanted in (False, True):
        click(tab, ".stream-about .remind")
        wait_for(tab, is_reminded(".stream-about", is_wanted=is_wanted))


def cancel(tab):
    """Cancel the stream with a date in the studio."""
    choose = "[...document.querySelectorAll('.planned-one')]"
    tab.ask(f"{choose}.find((each) => each.innerText.includes({json.dumps(TITLE)})).click()")
    wait_for(tab, f"document.querySelector('form [name=title]').value === {json.dumps(TITLE)}")
    press(tab, "Cancel the stream")
    click(tab, "dialog .btn.bad-main")
    wait_for(tab, f"{choose}.every((each) => !each.innerText.includes({json.dumps(TITLE)}))")
