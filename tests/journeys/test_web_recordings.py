"""A stream is recorded, heard, cut and made into a track in a real browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.encoders import encoding, needs_nginx
from tests.journeys.axe import find_violations_in_themes
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import (
    Server,
    calling,
    free_port,
    served,
    sign_up,
    until,
    wait_for_track,
)
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import click, fill, press, send, shows
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    needs_nginx,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

AUDIO = "document.querySelector('main audio')"
WIDTHS = (1440, 768, 390)


@pytest.fixture(scope="module")
def radio() -> Iterator[Server]:
    with served("--workers", "1", "--with-live", VEZA_LIVE_RTMP_PORT=str(free_port())) as server:
        yield server


def look(tab: Tab, name: str) -> list[str]:
    """Return what is wrong with a page at each width: what axe finds, and what is cut off."""
    found = []
    for width in WIDTHS:
        tab.resize(width)
        wait_for(tab, "!document.querySelector('main .sk')")
        if tab.ask("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name} is wider than {width}")
        found += [f"{name} {width} {each}" for each in find_violations_in_themes(tab)]
        if "VEZA_TEST_PICTURES" in os.environ:
            path = Path(os.environ["VEZA_TEST_PICTURES"]) / f"{name}-{width}.jpeg"
            path.write_bytes(tab.take_picture())
    tab.resize(WIDTHS[0])
    return found


def record(radio: Server, vera: httpx.Client, tab: Tab) -> tuple[str, list[str]]:
    """Record a stream with a mark and a message; return its path, and the faults of pages."""
    access = vera.get("live/streams/me/key").json()["data"]
    [stream] = vera.get("live/streams/me").json()["data"]["streams"]
    path = f"live/streams/{stream['id']}"
    vera.put(path, json={"title": "Tape echo, second take"})
    tab.open(f"{radio.url}/sign-in")
    send(tab, email="tape_vera@example.com", password=PASSWORD)
    wait_for(tab, "location.pathname === '/'")
    tab.open(f"{radio.url}/studio/live")
    wait_for(tab, shows("Record this stream"))
    tab.ask("document.querySelector('[aria-labelledby=record-title] [role=switch]').click()")
    until(lambda: vera.get("live/recordings").json()["data"]["recordings"], 30)
    with encoding(f"{access['rtmp_url']}/{access['stream_key']}", has_pictures=True):
        wait_for(tab, "!!document.querySelector('form [name=mark]')")
        found = look(tab, "studio")
        fill(tab, mark="The echo begins")
        press(tab, "Mark")
        wait_for(tab, "document.querySelector('form [name=mark]').value === ''")
        room = vera.get(path).json()["data"]["conversation_id"]
        vera.post(f"conversations/{room}/messages", json={"content": "Louder, please"})
        [recording] = vera.get("live/recordings").json()["data"]["recordings"]
        own = f"live/recordings/{recording['id']}"
        before = vera.get(own).json()["data"]["duration_ms"]
        until(lambda: vera.get(own).json()["data"]["duration_ms"] > before + 20_000, 90)
        ensure_hint_only_while_recorded(tab, f"{radio.url}/live/{stream['id']}", vera, path)
        vera.post(f"{path}/end")
    until(lambda: vera.get(own).json()["data"]["state"] == "ready", 60)
    return own, found


def ensure_hint_only_while_recorded(tab: Tab, page: str, vera: httpx.Client, path: str) -> None:
    """The chat names the command that marks a moment, until the recording is stopped."""
    hint = "/mark Title"
    tab.open(page)
    wait_for(tab, shows(hint))
    assert vera.delete(f"{path}/recording").status_code == 200
    tab.open(page)
    wait_for(tab, shows("Louder, please"))
    assert not tab.ask(shows(hint))


def edit(radio: Server, vera: httpx.Client, tab: Tab, own: str) -> tuple[str, list[str]]:
    """Hear, cut and publish a recording; return the track, and what is wrong."""
    tab.open(f"{radio.url}/studio/live/recordings")
    press(tab, "Edit")
    wait_for(tab, f"!!{AUDIO}")
    tab.ask(f"{AUDIO}.muted = true; {AUDIO}.play(); 1")
    wait_for(tab, f"{AUDIO}.currentTime > 2 && {AUDIO}.webkitAudioDecodedByteCount > 0")
    # It goes to the end without a pause for what is missing.
    duration = vera.get(own).json()["data"]["duration_ms"] / 1000
    assert abs(tab.ask(f"{AUDIO}.duration") - duration) < 0.5
    tab.ask(f"{AUDIO}.currentTime = {duration - 3}; 1")
    wait_for(tab, f"{AUDIO}.ended")
    assert tab.ask("document.querySelector('form [name=chapter_title]').value") == (
        "The echo begins"
    )
    fill(tab, start_ms="0:01", end_ms=f"{duration - 1:.1f}")
    press(tab, "Add a chapter here")
    wait_for(tab, "document.querySelectorAll('[name=chapter_title]').length === 2")
    found = look(tab, "recordings")
    press(tab, "Make it a draft track")
    wait_for(tab, "!!document.querySelector('[name=chapter_title]:invalid')")
    tab.ask("[...document.querySelectorAll('[aria-label=\"Remove chapter 2\"]')][0].click(); 1")
    press(tab, "Make it a draft track")
    wait_for(tab, shows("To the track"))
    track_id = vera.get(own).json()["data"]["track_id"]
    track = wait_for_track(vera, track_id)
    assert track["duration_seconds"] == pytest.approx(duration - 2, abs=0.3)
    return track_id, found


def test_a_stream_is_recorded_and_becomes_a_track(radio: Server) -> None:
    with calling(radio, sign_up(radio, "tape_vera")) as vera, browsing() as tab:
        own, found = record(radio, vera, tab)
        track_id, more = edit(radio, vera, tab, own)
        found += more
        # Not opened by its address: of drafts the server shows no page.
        click(tab, f"a[href='/tracks/{track_id}']")
        wait_for(tab, shows("The echo begins"))
        click(tab, "[aria-labelledby=replay] summary")
        wait_for(tab, shows("Louder, please"))
        found += look(tab, "track")
        assert found == []
        assert tab.complaints == []
