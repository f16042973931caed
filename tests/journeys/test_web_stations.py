"""A station in a real browser, and in a radio: what is heard where one track follows another."""

import base64
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median

import numpy as np
import pytest

from tests import sounds
from tests.journeys.axe import find_violations_in_themes
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.recording_steps import RECORDER, find_tone
from tests.journeys.served import calling, upload, wait_for_track
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import choose_files, click, fill, press, send, shows
from tests.make import PASSWORD

AUDIBLE = 0.15
MAX_GAP_MS = 50
# The coder adds a frame at the start of a track, and here nearly a whole one at its end.
FRAME = 1024
SAMPLES = 388 * FRAME + 24
SECONDS = SAMPLES / sounds.RATE
# Of the left and of the right channel, in Hz.
TONES = (441, 735)
VIDEO = "document.querySelector('video')"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture(scope="module")
def station(server, token, folder):
    """A station of two tones, one on each channel."""
    with calling(server, token) as client:
        ids = []
        for channel, hz in enumerate(TONES):
            tone = sounds.sine(SECONDS, hz=hz)
            tone[:, 1 - channel] = 0
            ids.append(upload(client, sounds.write(folder / f"tone{hz}.flac", tone)))
        for track_id in ids:
            assert wait_for_track(client, track_id)["status"] == "ready"
        form = {"title": "Two tones", "is_on_air": True, "program": {"track_ids": ids}}
        made = client.post("stations", json=form)
        assert made.status_code == 201, made.text
        yield made.json()["data"]
        assert client.delete(f"stations/{made.json()['data']['id']}").status_code == 200


def list_heard(samples, rate):
    """Return the pieces that are heard, from and to which second."""
    loud = np.flatnonzero(np.abs(samples) > AUDIBLE)
    # Within a tone it is quiet for less than a wave.
    last = np.flatnonzero(np.diff(loud) > rate / 200)
    starts, ends = [loud[0], *loud[last + 1]], [*loud[last], loud[-1]]
    return [(start / rate, end / rate) for start, end in zip(starts, ends, strict=True)]


def test_one_track_follows_another_without_a_gap(server, station):
    with browsing() as tab:
        tab.call("Page.setBypassCSP", enabled=True)
        tab.run_before_pages(RECORDER.read_text())
        tab.open(f"{server.url}/stations/{station['id']}")
        wait_for(tab, f"!!{VIDEO} && !!document.querySelector('.station-play')")
        tab.ask(f"record({VIDEO})")
        click(tab, ".station-play")
        played = f"({VIDEO}.played.length ? {VIDEO}.played.end(0) - {VIDEO}.played.start(0) : 0)"
        wait_for(tab, f"{played} > {4 * SECONDS}")
        recording = tab.ask("window.recording()")
        assert tab.ask("document.querySelector('.st-address').value") == station["radio_url"]
        assert find_violations_in_themes(tab) == []
        tab.resize(320)
        assert tab.ask("document.documentElement.scrollWidth <= innerWidth")
        assert tab.complaints == []
    rate = recording["rate"]
    channels = [np.frombuffer(base64.b64decode(each), "<f4") for each in recording["channels"]]
    assert [find_tone(each, rate) for each in channels] == pytest.approx(TONES, abs=5)
    heard = sorted(piece for each in channels for piece in list_heard(each, rate))
    gaps = [1000 * (start - end) for (_, end), (start, _) in pairwise(heard)]
    assert len(gaps) >= 3
    # A busy machine may disturb one of them.
    assert median(gaps) < MAX_GAP_MS, gaps


def test_a_radio_hears_both_tracks_without_a_gap(station, folder):
    """ffmpeg stands for it: also mpd reads streams by its libraries."""
    heard = folder / "heard.wav"
    sounds.run_ffmpeg("-i", station["radio_url"], "-t", f"{SECONDS + 8:f}", str(heard), path=heard)
    samples = sounds.read(heard)
    channels = [samples[:, channel] for channel in (0, 1)]
    assert [find_tone(each, sounds.RATE) for each in channels] == pytest.approx(TONES, abs=5)
    pieces = sorted(piece for each in channels for piece in list_heard(each, sounds.RATE))
    # A decoder that begins in the middle of a tone makes a short noise first.
    pieces = [(start, end) for start, end in pieces if end - start > 0.1]
    gaps = [start - end for (_, end), (start, _) in pairwise(pieces)]
    assert gaps
    assert 1000 * max(gaps) < MAX_GAP_MS


def test_an_owner_gives_a_station_a_cover_and_hours_with_a_list_of_their_own(
    server, token, station, folder
):
    with browsing() as tab:
        tab.open(f"{server.url}/sign-in")
        send(tab, email="traveller@example.com", password=PASSWORD)
        wait_for(tab, "location.pathname === '/'")
        tab.open(f"{server.url}/studio/stations/{station['id']}")
        choose_files(tab, "cover", [sounds.picture(folder / "ferry.png")])
        wait_for(tab, "!!document.querySelector('.cover-field img')?.naturalWidth")
        press(tab, "Add hours")
        fill(tab, daypart="Late show", from_hour="22", to_hour="2")
        wait_for(tab, shows("They end on the next day."))
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Sunday"):
            click(tab, f"fieldset [aria-label={day}]")
        press(tab, "Add from your tracks", "fieldset")
        low = f"tone{TONES[0]}"
        press(tab, f"Add {low}", "fieldset")
        wait_for(tab, f"!!document.querySelector('fieldset [aria-label=\"Remove {low}\"]')")
        assert find_violations_in_themes(tab) == []
        tab.resize(320)
        assert tab.ask("document.documentElement.scrollWidth <= innerWidth")
        click(tab, "form [type=submit]")
        wait_for(tab, "document.querySelector('.toasts')?.innerText.includes('saved')")
        # One that is loaded again has what was stored.
        tab.open(f"{server.url}/studio/stations/{station['id']}")
        wait_for(tab, "document.querySelector('[name=daypart]')?.value === 'Late show'")
        assert tab.ask("document.querySelector('[name=from_hour]').value") == "22"
        assert tab.complaints == []
    with calling(server, token) as client:
        stored = client.get(f"stations/{station['id']}/program").json()["data"]
    program = stored["program"]
    assert stored["cover_url"]
    [daypart] = program["dayparts"]
    assert daypart == {
        "name": "Late show",
        "days": [4, 5],
        "from_hour": 22,
        "to_hour": 2,
        "track_ids": program["track_ids"][:1],
    }


def test_a_listener_requests_a_track_and_the_owner_declines_it(server, token, station):
    """The second track has not played: its hours are of another day."""
    first, second = station["program"]["track_ids"]
    far = (datetime.now(UTC).weekday() + 3) % 7
    hours = {"name": "Far", "days": [far], "from_hour": 1, "to_hour": 2, "track_ids": [second]}
    form = {
        "title": "On request",
        "is_on_air": True,
        "program": {"track_ids": [first], "dayparts": [hours]},
    }
    with calling(server, token) as client, browsing() as tab:
        made = client.post("stations", json=form).json()["data"]
        tab.open(f"{server.url}/sign-in")
        send(tab, email="traveller@example.com", password=PASSWORD)
        wait_for(tab, "location.pathname === '/'")
        tab.open(f"{server.url}/studio/stations/{made['id']}")
        click(tab, "form .switch:nth-of-type(3) label")
        click(tab, "form [type=submit]")
        wait_for(tab, "!!document.querySelector('#station-requests')")
        tab.open(f"{server.url}/stations/{made['id']}")
        wait_for(tab, "!!document.querySelector('#station-requests')")
        name = f"tone{TONES[1]}"
        fill(tab, q="TONE")
        press(tab, "Find")
        press(tab, f"Request {name}")
        wait_for(tab, f"!!document.querySelector('[aria-label=\"Decline {name}\"]')")
        assert find_violations_in_themes(tab) == []
        tab.resize(320)
        assert tab.ask("document.documentElement.scrollWidth <= innerWidth")
        assert tab.ask(
            "(([field, button]) => field.bottom > button.top && button.bottom > field.top)"
            "([...document.querySelectorAll('.st-seek > *')]"
            ".map(one => one.getBoundingClientRect()))"
        )
        gaps = (
            "(all => all.slice(1).map((one, n) => one.top - all[n].bottom))"
            "([...document.querySelectorAll('.st-two aside > *')]"
            ".map(one => one.getBoundingClientRect()))"
        )
        assert min(tab.ask(gaps)) >= 8
        press(tab, f"Decline {name}")
        wait_for(tab, shows("Nobody has requested a track yet."))
        fill(tab, q=name)
        press(tab, "Find")
        press(tab, f"Request {name}")
        declined = "declined this track today"
        wait_for(tab, f"document.querySelector('.toasts')?.innerText.includes('{declined}')")
        assert client.delete(f"stations/{made['id']}").status_code == 200
