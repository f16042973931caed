"""A stream takes a station over in a real browser, and gives it back: what is heard of it."""

import base64

import numpy as np
import pytest

from tests import sounds
from tests.encoders import encoding, needs_nginx
from tests.journeys.axe import find_violations_in_themes
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.recording_steps import RECORDER, find_tone
from tests.journeys.served import calling, free_port, served, sign_up, upload, wait_for_track
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import click, send, shows
from tests.make import PASSWORD

VIDEO = "document.querySelector('video')"
# Of the program; the encoder sends 1000 Hz.
TONE, LIVE = 441, 1000
SECONDS = 120

pytestmark = [
    pytest.mark.long,
    needs_nginx,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture(scope="module")
def radio():
    settings = {"VEZA_LIVE_RTMP_PORT": str(free_port())}
    with served("--workers", "2", "--with-live", **settings) as server:
        yield server


@pytest.fixture(scope="module")
def vera(radio):
    with calling(radio, sign_up(radio, "taker_vera")) as client:
        yield client


@pytest.fixture(scope="module")
def station(vera, tmp_path_factory):
    """A station of one tone."""
    folder = tmp_path_factory.mktemp("tone")
    path = sounds.write(folder / "tone.flac", sounds.sine(SECONDS, hz=TONE))
    track_id = upload(vera, path)
    assert wait_for_track(vera, track_id)["status"] == "ready"
    form = {"title": "One tone", "is_on_air": True, "program": {"track_ids": [track_id]}}
    made = vera.post("stations", json=form)
    assert made.status_code == 201, made.text
    return made.json()["data"]


def list_tones(recording):
    """Return what is heard, one after the other, by the loudest tone of each half second."""
    samples = np.frombuffer(base64.b64decode(recording["channels"][0]), "<f4")
    part = recording["rate"] // 2
    pieces = [samples[at : at + part] for at in range(0, len(samples) - part, part)]
    tones = [round(find_tone(each, recording["rate"]), -1) for each in pieces if any(each)]
    return [tone for at, tone in enumerate(tones) if at == 0 or tone != tones[at - 1]]


def test_a_stream_takes_over_what_its_owner_lets_it_and_the_program_comes_back(
    radio, vera, station
):
    access = vera.get("live/streams/me/key").json()["data"]
    [stream] = vera.get("live/streams/me").json()["data"]["streams"]
    form = {"title": "Tape echo", "category": "Dub", "tags": []}
    assert vera.put(f"live/streams/{stream['id']}", json=form).status_code == 200
    with browsing() as tab:
        tab.call("Page.setBypassCSP", enabled=True)
        tab.open(f"{radio.url}/sign-in")
        send(tab, email="taker_vera@example.com", password=PASSWORD)
        wait_for(tab, "location.pathname === '/'")
        tab.open(f"{radio.url}/studio/stations/{station['id']}")
        wait_for(tab, shows("Streams take over"))
        tab.ask(
            "[...document.querySelectorAll('.switch')].find(one => "
            "one.innerText.includes('Streams take over')).querySelector('[role=switch]').click()"
        )
        click(tab, "form [type=submit]")
        wait_for(tab, "document.querySelector('.toasts')?.innerText.includes('saved')")
        tab.run_before_pages(RECORDER.read_text())
        tab.open(f"{radio.url}/stations/{station['id']}")
        wait_for(tab, f"!!{VIDEO} && !!document.querySelector('.station-play')")
        tab.ask(f"record({VIDEO})")
        click(tab, ".station-play")
        played = f"({VIDEO}.played.length ? {VIDEO}.played.end(0) - {VIDEO}.played.start(0) : 0)"
        wait_for(tab, f"{played} > 3")
        # The tracks of the station have 44.1 kHz, and no picture.
        with encoding(f"{access['rtmp_url']}/{access['stream_key']}", rate=48_000):
            wait_for(tab, shows("Live: Tape echo"))
            assert find_violations_in_themes(tab) == []
            tab.resize(320)
            assert tab.ask("document.documentElement.scrollWidth <= innerWidth")
            heard = tab.ask(played)
            wait_for(tab, f"{played} > {heard + 10}")
        wait_for(tab, f"!{shows('Live: Tape echo')} && {shows('tone')}")
        heard = tab.ask(played)
        wait_for(tab, f"{played} > {heard + 15}")
        assert list_tones(tab.ask("window.recording()")) == pytest.approx([440, LIVE, 440])
        assert tab.complaints == []
