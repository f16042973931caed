"""A broadcast on real processes: from the encoder, through nginx, to a browser on another page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests import sounds
from tests.encoders import encoding, needs_nginx
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.pages import Pages
from tests.journeys.served import (
    Server,
    calling,
    free_port,
    kill_if_there,
    named_in,
    served,
    sign_up,
    until,
)
from tests.make import PASSWORD

type Json = dict[str, Any]

pytestmark = needs_nginx

ADMIN = "radio@example.com"
PLAYER = """<!doctype html>
<title>A player</title>
<video id="video" muted></video>
<script src="/hls.min.js"></script>
<script>
  const failures = [], video = document.getElementById("video"), hls = new Hls();
  hls.on(Hls.Events.ERROR, (_, error) => { if (error.fatal) failures.push(error.details); });
  hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
  hls.loadSource("URL_OF_THE_STREAM");
  hls.attachMedia(video);
</script>
"""


@dataclass
class Radio:
    """A server that takes in streams, and all that it answered to who isn't to know any key."""

    server: Server
    answers: list[str] = field(default_factory=list)

    def ask(
        self, client: httpx.Client, method: str, path: str, status: int = 200, **options: Any
    ) -> Json:
        answer = client.request(method, path, **options)
        self.answers.append(f"{answer.url}{answer.headers}{answer.text}")
        assert answer.status_code == status, answer.text
        return answer.json().get("data", {})

    def show(self, stream_id: str) -> Json:
        with calling(self.server) as anybody:
            return self.ask(anybody, "GET", f"live/streams/{stream_id}")

    def is_live(self, stream_id: str) -> bool:
        return self.show(stream_id)["is_live"]

    def list_segments(self, stream_id: str) -> list[tuple[str, float]]:
        with calling(self.server) as anybody:
            answer = anybody.get(f"live/streams/{stream_id}/hls/index.m3u8")
        self.answers.append(f"{answer.headers}{answer.text}")
        return named_in(answer.text.replace("\r", ""))


@dataclass
class Streamer:
    """A member with a broadcast to come, and what their encoder needs."""

    client: httpx.Client
    stream_id: str
    rtmp_url: str
    key: str

    @property
    def url(self) -> str:
        return f"{self.rtmp_url}/{self.key}"

    def regenerate(self) -> None:
        answer = self.client.post("live/streams/me/key/regenerate")
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["stream_key"] != self.key
        self.key = answer.json()["data"]["stream_key"]


@pytest.fixture(scope="module")
def radio(pages: Pages) -> Iterator[Radio]:
    settings = {
        "VEZA_ADMIN_EMAIL": ADMIN,
        "VEZA_ADMIN_PASSWORD": PASSWORD,
        "VEZA_CORS_ORIGINS": pages.origin,
        "VEZA_LIVE_RTMP_PORT": str(free_port()),
        "VEZA_LOG_LEVEL": "debug",
    }
    with served("--workers", "2", "--with-live", **settings) as server:
        yield Radio(server)


@contextmanager
def streaming_as(radio: Radio, name: str) -> Iterator[Streamer]:
    with calling(radio.server, sign_up(radio.server, name)) as client:
        access = client.get("live/streams/me/key").json()["data"]
        [own] = client.get("live/streams/me").json()["data"]["streams"]
        assert own["stream_key"] == access["stream_key"]
        words = {"title": f"{name} on air", "category": "DJ set", "tags": ["dub"]}
        assert client.put(f"live/streams/{own['id']}", json=words).status_code == 200
        yield Streamer(client, own["id"], access["rtmp_url"], access["stream_key"])


def test_twenty_seconds_are_seen_and_heard_by_all_and_told_to_followers(
    radio: Radio, tmp_path: Path
) -> None:
    listener = calling(radio.server, sign_up(radio.server, "follower"))
    with streaming_as(radio, "vera") as vera, listener as follower:
        owner_id = radio.show(vera.stream_id)["owner"]["id"]
        radio.ask(follower, "POST", f"users/{owner_id}/follow")
        with encoding(vera.url, seconds=20) as encoder:
            until(lambda: radio.is_live(vera.stream_id), 20)
            listed = radio.ask(follower, "GET", "live/streams?is_live=true")["streams"]
            assert [stream["id"] for stream in listed] == [vera.stream_id]
            beat = radio.ask(follower, "POST", f"live/streams/{vera.stream_id}/heartbeat")
            assert beat["viewers_count"] == 1
            until(lambda: "went_live" in kinds_of(radio, follower), 30)
            until(lambda: encoder.has_ended, 60)
            assert encoder.complaints() == ""

        until(lambda: not radio.is_live(vera.stream_id), 20)
        segments = radio.list_segments(vera.stream_id)
        assert sum(seconds for _, seconds in segments) == pytest.approx(20, abs=1.5)
        heard = sounds.read(fetch(radio, vera.stream_id, segments, tmp_path / "heard.ts"))
        assert len(heard) / sounds.RATE == pytest.approx(20, abs=1.5)
        assert find_pitch(heard) == pytest.approx(1000, abs=2)
        assert kinds_of(radio, follower).count("went_live") == 1
        shown = radio.show(vera.stream_id)
        assert (shown["status"], shown["peak_viewers"], shown["total_viewers"]) == ("live", 1, 1)


def test_a_key_that_is_nobodys_is_refused(radio: Radio) -> None:
    with streaming_as(radio, "walter") as walter:
        walter.key = "live_" + "x" * 43
        with encoding(walter.url) as encoder:
            until(lambda: encoder.has_ended, 30)
            assert encoder.complaints()
        assert radio.show(walter.stream_id)["status"] == "draft"


def test_another_key_cuts_off_who_has_the_old_one(radio: Radio) -> None:
    with streaming_as(radio, "wanda") as wanda:
        stolen = wanda.url
        with encoding(stolen) as encoder:
            until(lambda: radio.is_live(wanda.stream_id), 20)
            wanda.regenerate()
            until(lambda: encoder.has_ended, 20)
        assert not radio.is_live(wanda.stream_id)
        with encoding(stolen) as encoder:
            until(lambda: encoder.has_ended, 30)
        assert not radio.is_live(wanda.stream_id)
        with encoding(wanda.url):
            until(lambda: radio.is_live(wanda.stream_id), 20)


def test_who_is_on_air_is_not_replaced_by_a_second_encoder(radio: Radio) -> None:
    with streaming_as(radio, "walda") as walda, encoding(walda.url) as first:
        until(lambda: radio.is_live(walda.stream_id), 20)
        with encoding(walda.url) as second:
            until(lambda: second.has_ended, 30)
        before = len(radio.list_segments(walda.stream_id))
        until(lambda: len(radio.list_segments(walda.stream_id)) > before + 1, 30)
        assert not first.has_ended


def test_an_encoder_that_is_killed_comes_back_to_the_same_broadcast(radio: Radio) -> None:
    with streaming_as(radio, "xaver") as xaver:
        with encoding(xaver.url) as encoder:
            until(lambda: len(radio.list_segments(xaver.stream_id)) >= 2, 30)
            before = radio.show(xaver.stream_id)
            encoder.kill()
            until(lambda: not radio.is_live(xaver.stream_id), 30)
        assert radio.show(xaver.stream_id)["status"] == "live"
        segments = radio.list_segments(xaver.stream_id)

        with encoding(xaver.url):
            until(lambda: radio.is_live(xaver.stream_id), 20)
            count = len(segments)
            until(lambda: len(radio.list_segments(xaver.stream_id)) >= count + 2, 30)
        after = radio.show(xaver.stream_id)
        assert after["started_at"] == before["started_at"]
        assert radio.list_segments(xaver.stream_id)[:count] == segments


def test_an_ingest_that_is_killed_is_started_again(radio: Radio) -> None:
    with streaming_as(radio, "yann") as yann:
        with encoding(yann.url) as encoder:
            until(lambda: radio.is_live(yann.stream_id), 20)
            nginx = radio.server.processes_named("nginx: master ")
            kill_if_there(nginx[0])
            until(lambda: radio.server.processes_named("nginx: master ") not in ([], nginx), 30)
            until(lambda: encoder.has_ended, 30)
        # Of whom nothing more is heard is believed to be on air for a quarter of a minute.
        until(lambda: comes_back(yann), 60)


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there")
@pytest.mark.parametrize("has_pictures", [True, False], ids=["pictures", "sound alone"])
def test_a_browser_plays_it_through_hls_js(radio: Radio, pages: Pages, has_pictures: bool) -> None:
    name = "zoe" if has_pictures else "zeno"
    with (
        streaming_as(radio, name) as streamer,
        encoding(streamer.url, has_pictures=has_pictures),
        browsing() as tab,
    ):
        until(lambda: radio.list_segments(streamer.stream_id), 30)
        url = radio.show(streamer.stream_id)["playback_url"]
        tab.open(pages.show(f"/{name}", PLAYER.replace("URL_OF_THE_STREAM", url)))

        def state() -> str:
            return f"{tab.ask('[video.currentTime, video.error, failures]')} {tab.complaints}"

        position = "window.video ? video.currentTime : 0"
        until(lambda: tab.ask(position) > 3, 60, state)
        assert tab.ask("video.videoWidth") == (320 if has_pictures else 0)
        assert tab.ask("video.webkitAudioDecodedByteCount") > 0
        assert tab.ask("failures") == []


def test_no_key_is_in_any_answer_path_file_log_line_or_metric(radio: Radio) -> None:
    with streaming_as(radio, "quentin") as quentin:
        keys = [quentin.key, "live_" + "y" * 43]
        with encoding(quentin.url):
            until(lambda: radio.list_segments(quentin.stream_id), 30)
            with encoding(f"{quentin.rtmp_url}/{keys[1]}") as refused:
                until(lambda: refused.has_ended, 30)
            look_around(radio, quentin)
            quentin.regenerate()
            keys.append(quentin.key)
        with encoding(quentin.url):
            until(lambda: radio.is_live(quentin.stream_id), 20)
        until(lambda: not radio.is_live(quentin.stream_id), 30)
        look_around(radio, quentin)

    assert len(set(keys)) == 3
    said = "\n".join([radio.server.log, *radio.answers])
    assert [key for key in keys if key in said] == []
    assert [str(path) for path in find_in(radio.server.data_dir, keys)] == []


def kinds_of(radio: Radio, client: httpx.Client) -> list[str]:
    told = radio.ask(client, "GET", "notifications")["notifications"]
    return [notification["kind"] for notification in told]


def fetch(radio: Radio, stream_id: str, segments: list[tuple[str, float]], target: Path) -> Path:
    """Fetch segments as a player does, one after the other, into one file."""
    with calling(radio.server) as anybody, target.open("wb") as file:
        for name, _ in segments:
            answer = anybody.get(f"live/streams/{stream_id}/hls/{name}")
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "video/mp2t"
            assert re.fullmatch(r"public, max-age=\d+, immutable", answer.headers["cache-control"])
            file.write(answer.content)
    return target


def find_pitch(samples: sounds.Samples) -> float:
    """Find the loudest frequency of the first second in the middle."""
    middle = len(samples) // 2
    wave = samples[middle : middle + sounds.RATE].mean(axis=1)
    return float(np.argmax(np.abs(np.fft.rfft(wave))))


def comes_back(streamer: Streamer) -> bool:
    """Try to go on air, as encoders do again and again."""
    with encoding(streamer.url, seconds=3) as encoder:
        until(lambda: encoder.has_ended, 30)
        return encoder.complaints() == ""


def look_around(radio: Radio, streamer: Streamer) -> None:
    """Ask for all that may have to do with a broadcast, as a stranger and as an admin."""
    name = radio.show(streamer.stream_id)["owner"]["username"]
    login = {"email": ADMIN, "password": PASSWORD}
    with calling(radio.server) as anybody:
        token = radio.ask(anybody, "POST", "auth/login", json=login)["access_token"]
        for path in ("live/streams", f"users/{name}", "conversations?type=room", "social/feed"):
            radio.answers.append(anybody.get(path).text)
        radio.answers.append(anybody.get("metrics").text)
        radio.answers.append(anybody.get(f"{radio.server.url}/swagger/openapi.json").text)
    with calling(radio.server, token) as admin:
        for path in ("admin/audit", "admin/jobs", "health/deep"):
            radio.ask(admin, "GET", path)


def find_in(folder: Path, words: list[str]) -> Iterator[Path]:
    """Find the files that hold one of some words, or are called by it: the database's too."""
    for path in folder.rglob("*"):
        if any(word in str(path) for word in words):
            yield path
        elif path.is_file():
            content = path.read_bytes()
            if any(word.encode() in content for word in words):
                yield path
