"""A broadcast on real processes: from the encoder, through nginx, to a browser on another page."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests import sounds
from tests.encoders import Encoder, encoding, listen, needs_nginx
from tests.journeys.browser import CHROMIUM, Tab, browsing
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
from veza.infra.security.secrets import load_secrets

type Json = dict[str, Any]

pytestmark = [pytest.mark.long, needs_nginx]

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
    keys: list[str] = field(default_factory=list)

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

    radio: Radio
    client: httpx.Client
    stream_id: str
    rtmp_url: str
    key: str

    @property
    def url(self) -> str:
        return f"{self.rtmp_url}/{self.key}"

    @property
    def is_live(self) -> bool:
        return self.radio.is_live(self.stream_id)

    @property
    def segments(self) -> list[tuple[str, float]]:
        return self.radio.list_segments(self.stream_id)

    def regenerate(self) -> None:
        answer = self.client.post("live/streams/me/key/regenerate")
        assert answer.status_code == 200, answer.text
        self.key = answer.json()["data"]["stream_key"]
        assert self.key not in self.radio.keys
        self.radio.keys.append(self.key)


@dataclass
class Broadcast:
    """One that goes on while others are tried, with somebody who follows it."""

    streamer: Streamer
    encoder: Encoder
    follower: httpx.Client

    @property
    def path(self) -> str:
        return f"live/streams/{self.streamer.stream_id}"


@pytest.fixture(scope="module")
def radio(pages: Pages) -> Iterator[Radio]:
    settings = {
        "VEZA_ADMIN_EMAIL": ADMIN,
        "VEZA_ADMIN_PASSWORD": PASSWORD,
        "VEZA_CORS_ORIGINS": pages.origin,
        "VEZA_LIVE_RTMP_PORT": str(free_port()),
        "VEZA_LOG_LEVEL": "debug",
    }
    with served("--workers", "1", "--with-live", **settings) as server:
        yield Radio(server)


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    if not CHROMIUM.exists():
        pytest.skip(f"needs a browser: {CHROMIUM} is not there")
    with browsing() as opened:
        yield opened


@contextmanager
def streaming_as(radio: Radio, name: str) -> Iterator[Streamer]:
    with calling(radio.server, sign_up(radio.server, name)) as client:
        access = client.get("live/streams/me/key").json()["data"]
        [own] = client.get("live/streams/me").json()["data"]["streams"]
        assert own["stream_key"] == access["stream_key"]
        radio.keys.append(own["stream_key"])
        words = {"title": f"{name} on air", "category": "DJ set", "tags": ["dub"]}
        assert client.put(f"live/streams/{own['id']}", json=words).status_code == 200
        yield Streamer(radio, client, own["id"], access["rtmp_url"], access["stream_key"])


@pytest.fixture(scope="module")
def evening(radio: Radio) -> Iterator[Broadcast]:
    """Twenty seconds of sound and pictures, which go on while the first tests run.

    Its follower is its only viewer.
    """
    listener = calling(radio.server, sign_up(radio.server, "follower"))
    with streaming_as(radio, "vera") as vera, listener as follower:
        owner_id = radio.show(vera.stream_id)["owner"]["id"]
        radio.ask(follower, "POST", f"users/{owner_id}/follow")
        with encoding(vera.url, seconds=20) as encoder:
            until(lambda: vera.is_live, 60)
            broadcast = Broadcast(vera, encoder, follower)
            radio.ask(follower, "POST", f"{broadcast.path}/heartbeat")
            yield broadcast


def test_who_is_on_air_goes_on_while_http_is_started_again(
    radio: Radio, evening: Broadcast
) -> None:
    with streaming_as(radio, "ulla") as ulla, encoding(ulla.url) as encoder:
        until(lambda: ulla.is_live, 60)
        [http] = radio.server.processes_named("veza http ")
        kill_if_there(http)
        until(lambda: radio.server.processes_named("veza http ") not in ([], [http]), 60)
        radio.server.wait_until_ready()
        # What took longer than a quarter of a minute is made good by the next question.
        until(lambda: ulla.is_live, 60)
        assert not encoder.has_ended


def test_listeners_find_it_are_counted_and_followers_are_told(
    radio: Radio, evening: Broadcast
) -> None:
    listed = radio.ask(evening.follower, "GET", "live/streams?is_live=true")["streams"]
    assert evening.streamer.stream_id in [stream["id"] for stream in listed]
    beat = radio.ask(evening.follower, "POST", f"{evening.path}/heartbeat")
    assert beat["viewers_count"] == 1
    until(lambda: "went_live" in kinds_of(radio, evening.follower), 60)
    look_around(radio)


def test_a_browser_plays_it_through_hls_js(
    radio: Radio, evening: Broadcast, tab: Tab, pages: Pages
) -> None:
    play(radio, evening.streamer, tab, pages)
    assert tab.ask("video.videoWidth") == 320


def test_a_key_that_is_nobodys_is_refused(radio: Radio) -> None:
    with streaming_as(radio, "walter") as walter:
        walter.key = "live_" + "x" * 43
        radio.keys.append(walter.key)
        with encoding(walter.url) as encoder:
            until(lambda: encoder.has_ended, 60)
            assert encoder.complaints()
        assert radio.show(walter.stream_id)["status"] == "draft"


def test_another_key_cuts_off_who_has_the_old_one(radio: Radio) -> None:
    with streaming_as(radio, "wanda") as wanda:
        # What is written behind the key changes nothing.
        stolen = f"{wanda.url}?call=update_play&name=x&clientid=9"
        with encoding(stolen) as encoder:
            until(lambda: wanda.is_live, 60)
            wanda.regenerate()
            until(lambda: encoder.has_ended, 60)
        assert not wanda.is_live
        with encoding(stolen) as encoder:
            until(lambda: encoder.has_ended, 60)
        assert not wanda.is_live
        with encoding(wanda.url):
            until(lambda: wanda.is_live, 60)


def test_an_encoder_that_is_killed_comes_back_to_the_same_broadcast_of_sound_alone(
    radio: Radio, tab: Tab, pages: Pages, tmp_path: Path
) -> None:
    with streaming_as(radio, "xaver") as xaver:
        with encoding(xaver.url, has_pictures=False) as encoder:
            until(lambda: len(xaver.segments) >= 2, 60)
            # Who has it already isn't replaced.
            with encoding(xaver.url, has_pictures=False) as second:
                until(lambda: second.has_ended, 60)
            before, count = radio.show(xaver.stream_id), len(xaver.segments)
            until(lambda: len(xaver.segments) > count, 60)
            encoder.kill()
            until(lambda: not xaver.is_live, 30)
        assert radio.show(xaver.stream_id)["status"] == "live"
        segments = xaver.segments

        with encoding(xaver.url, has_pictures=False):
            until(lambda: len(xaver.segments) >= len(segments) + 2, 60)
            play(radio, xaver, tab, pages)
        assert tab.ask("video.videoWidth") == 0
        last = fetch(radio, f"live/streams/{xaver.stream_id}", xaver.segments[-2:], tmp_path / "a")
        assert kinds_in(last) == ["Audio"]
        assert radio.show(xaver.stream_id)["started_at"] == before["started_at"]
        assert xaver.segments[: len(segments)] == segments


def test_after_twenty_seconds_all_was_heard(
    radio: Radio, evening: Broadcast, tmp_path: Path
) -> None:
    until(lambda: evening.encoder.has_ended, 60)
    assert evening.encoder.complaints() == ""
    until(lambda: not evening.streamer.is_live, 20)
    segments = evening.streamer.segments
    assert sum(seconds for _, seconds in segments) == pytest.approx(20, abs=1.5)
    whole = fetch(radio, evening.path, segments, tmp_path / "heard.ts")
    assert sorted(kinds_in(whole)) == ["Audio", "Video"]
    heard = sounds.read(whole)
    assert len(heard) / sounds.RATE == pytest.approx(20, abs=1.5)
    assert find_pitch(heard) == pytest.approx(1000, abs=2)
    player = listen(f"{radio.server.url}/api/v1/{evening.path}/hls/index.m3u8")
    assert (player.returncode, player.stderr) == (0, b"")
    until(lambda: "went_live" in kinds_of(radio, evening.follower), 60)
    assert kinds_of(radio, evening.follower).count("went_live") == 1
    shown = radio.show(evening.streamer.stream_id)
    assert (shown["peak_viewers"], shown["total_viewers"]) == (1, 1)


def test_an_ingest_that_is_killed_is_started_again(radio: Radio) -> None:
    with streaming_as(radio, "yann") as yann:
        with encoding(yann.url) as encoder:
            until(lambda: yann.is_live, 60)
            nginx = radio.server.processes_named("nginx: master ")
            kill_if_there(nginx[0])
            until(lambda: radio.server.processes_named("nginx: master ") not in ([], nginx), 60)
            until(lambda: encoder.has_ended, 60)
        until(lambda: comes_back(yann), 60)


def test_no_key_is_in_any_answer_path_file_log_line_or_metric(
    radio: Radio, evening: Broadcast
) -> None:
    with encoding(evening.streamer.url):
        until(lambda: evening.streamer.is_live, 60)
        look_around(radio)
        running = list(radio.server.processes().values())
    keys = set(radio.keys)
    assert evening.streamer.key in keys
    # What shows that it is the ingest which asks isn't told either.
    secret = load_secrets(radio.server.data_dir).live_hooks
    said = "\n".join([radio.server.log, *radio.answers, *running])
    assert [key for key in {*keys, secret} if key in said] == []
    assert [str(path) for path in find_in(radio.server.data_dir, keys)] == []


def kinds_of(radio: Radio, client: httpx.Client) -> list[str]:
    told = radio.ask(client, "GET", "notifications")["notifications"]
    return [notification["kind"] for notification in told]


def fetch(radio: Radio, path: str, segments: list[tuple[str, float]], target: Path) -> Path:
    """Fetch segments as a player does, one after the other, into one file."""
    with calling(radio.server) as anybody, target.open("wb") as file:
        for name, _ in segments:
            answer = anybody.get(f"{path}/hls/{name}")
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "video/mp2t"
            caching = r"public, max-age=\d+, s-maxage=1, immutable"
            assert re.fullmatch(caching, answer.headers["cache-control"])
            file.write(answer.content)
    return target


def kinds_in(media: Path) -> list[str]:
    """Tell of what kinds the streams are that a file says to have."""
    command = [str(sounds.ffmpeg_of_the_wheel()), "-hide_banner", "-i", str(media)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    return re.findall(r"^ +Stream #\S+ (\w+):", told, re.MULTILINE)


def find_pitch(samples: sounds.Samples) -> float:
    """Find the loudest frequency of the first second in the middle."""
    middle = len(samples) // 2
    wave = samples[middle : middle + sounds.RATE].mean(axis=1)
    return float(np.argmax(np.abs(np.fft.rfft(wave))))


def play(radio: Radio, streamer: Streamer, tab: Tab, pages: Pages) -> None:
    """Have a browser play it for some seconds."""
    until(lambda: streamer.segments, 60)
    url = radio.show(streamer.stream_id)["playback_url"]
    player = PLAYER.replace("URL_OF_THE_STREAM", url)
    tab.open(pages.show(f"/{streamer.stream_id}", player))

    def state() -> str:
        return f"{tab.ask('[video.currentTime, video.error, failures]')} {tab.complaints}"

    position = (
        "window.video ? video.played.length && video.played.end(0) - video.played.start(0) : 0"
    )
    until(lambda: tab.ask(position) > 2, 60, state)
    assert tab.ask("video.webkitAudioDecodedByteCount") > 0
    assert tab.ask("failures") == []


def comes_back(streamer: Streamer) -> bool:
    """Try to go on air, as encoders do again and again."""
    with encoding(streamer.url, seconds=1) as encoder:
        until(lambda: encoder.has_ended, 60)
        return encoder.complaints() == ""


def look_around(radio: Radio) -> None:
    """Ask for all that may have to do with broadcasts, as a stranger and as an admin."""
    login = {"email": ADMIN, "password": PASSWORD}
    with calling(radio.server) as anybody:
        token = radio.ask(anybody, "POST", "auth/login", json=login)["access_token"]
        for path in ("live/streams", "users/vera", "conversations?type=room", "social/feed"):
            radio.answers.append(anybody.get(path).text)
        radio.answers.append(anybody.get("metrics").text)
        radio.answers.append(anybody.get(f"{radio.server.url}/swagger/openapi.json").text)
    with calling(radio.server, token) as admin:
        for path in ("admin/audit", "admin/jobs", "health/deep"):
            radio.ask(admin, "GET", path)


def find_in(folder: Path, words: set[str]) -> Iterator[Path]:
    """Find the files that hold one of some words, or are called by it: the database's too."""
    for path in folder.rglob("*"):
        if any(word in str(path) for word in words):
            yield path
        elif path.is_file():
            content = path.read_bytes()
            if any(word.encode() in content for word in words):
                yield path
