"""A viewer keeps the last seconds of a stream that an encoder sends, and everybody watches them."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.encoders import encoding, listen, needs_nginx
from tests.journeys.axe import find_violations_in_themes
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import Server, calling, free_port, served, sign_up, until
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import shows

pytestmark = [
    pytest.mark.long,
    needs_nginx,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

PROBE = ("ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams")


@pytest.fixture(scope="module")
def radio() -> Iterator[Server]:
    with served("--workers", "1", "--with-live", VEZA_LIVE_RTMP_PORT=str(free_port())) as server:
        yield server


def keep(vera: httpx.Client, viewer: httpx.Client) -> dict:
    """Stream with pictures until a viewer has a clip of ten seconds; return the clip."""
    access = vera.get("live/streams/me/key").json()["data"]
    [stream] = vera.get("live/streams/me").json()["data"]["streams"]
    path = f"live/streams/{stream['id']}"
    assert vera.put(path, json={"title": "Tape echo"}).status_code == 200
    made: list[httpx.Response] = []

    def is_kept() -> bool:
        made.append(viewer.post(f"{path}/clips", json={"title": "That drop", "seconds": 10}))
        if made[-1].status_code != 201:
            return False
        clip = made[-1].json()["data"]
        if clip["duration_ms"] < 10_000:
            # The stream has just begun.
            viewer.delete(f"live/clips/{clip['id']}")
            return False
        return True

    with encoding(f"{access['rtmp_url']}/{access['stream_key']}"):
        until(is_kept, 90)
        assert vera.post(f"{path}/end").status_code == 200
    return made[-1].json()["data"]


def test_a_clip_is_made_on_air_and_watched_after_the_end(radio: Server) -> None:
    with (
        calling(radio, sign_up(radio, "clip_vera")) as vera,
        calling(radio, sign_up(radio, "clip_viewer")) as viewer,
        browsing() as tab,
    ):
        clip = keep(vera, viewer)
        probed = json.loads(subprocess.check_output([*PROBE, clip["playback_url"]], timeout=60))
        assert {each["codec_name"] for each in probed["streams"]} == {"aac", "h264"}
        seconds = clip["duration_ms"] / 1000
        assert float(probed["format"]["duration"]) == pytest.approx(seconds, abs=0.3)
        heard = listen(clip["playback_url"])
        assert (heard.returncode, heard.stderr) == (0, b"")
        watch(radio, tab, clip)
        answer = vera.delete(f"live/clips/{clip['id']}")
        assert answer.status_code == 200, answer.text
        assert httpx.get(clip["playback_url"]).status_code == 404
        tab.open(f"{radio.url}/clips/{clip['id']}")
        wait_for(tab, shows("There is nothing here"))
    radio.ensure_storage_is_right()


def watch(radio: Server, tab: Tab, clip: dict) -> None:
    """Play a clip on its page, by a phone, to its end."""
    tab.resize(390)
    tab.open(f"{radio.url}/clips/{clip['id']}")
    video = "document.querySelector('main video')"
    wait_for(tab, f"{video}?.readyState > 1")
    assert tab.ask(f"{video}.duration") == pytest.approx(clip["duration_ms"] / 1000, abs=0.3)
    assert tab.ask(f"{video}.videoWidth") == 320
    tab.ask(f"{video}.muted = true; {video}.play(); 1")
    wait_for(tab, f"{video}.currentTime > 2")
    tab.ask(f"{video}.currentTime = {video}.duration - 1; 1")
    wait_for(tab, f"{video}.ended")
    assert tab.ask("document.documentElement.scrollWidth") == 390
    assert find_violations_in_themes(tab) == []
    if "VEZA_TEST_PICTURES" in os.environ:
        Path(os.environ["VEZA_TEST_PICTURES"], "clip-390.jpeg").write_bytes(tab.take_picture())
    wait_for(tab, shows("That drop"))
