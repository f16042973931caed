"""Ways in besides RTMP, on real processes: encoders of Icecast, and those that send SRT."""

import base64
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests import sounds
from tests.encoders import Encoder, encoding, needs_nginx
from tests.journeys.served import (
    Server,
    calling,
    free_port,
    kill_if_there,
    served,
    set_role,
    sign_up,
    until,
)
from tests.make import PASSWORD

type Json = dict[str, Any]

pytestmark = [pytest.mark.long, needs_nginx]

# What encoders of Icecast send, by content type.
FORMATS = {
    "mp3": ("audio/mpeg", "-c:a", "libmp3lame", "-f", "mp3"),
    "vorbis": ("application/ogg", "-c:a", "libvorbis", "-f", "ogg"),
    "opus": ("audio/ogg", "-c:a", "libopus", "-b:a", "96k", "-f", "ogg"),
    "oggflac": ("application/ogg", "-c:a", "flac", "-f", "ogg"),
    "flac": ("audio/flac", "-c:a", "flac", "-f", "flac"),
    "aac": ("audio/aac", "-c:a", "aac", "-f", "adts"),
}
TONE = ("-re", "-f", "lavfi", "-i", "sine=1000:sample_rate=44100")
PICTURES = ("-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15")
AS_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15")
TRANSPORT = ("-c:a", "aac", "-ac", "2", "-pix_fmt", "yuv420p", "-f", "mpegts")


@dataclass
class Streamer:
    """A member with a stream to come, and what their encoders need."""

    server: Server
    name: str
    client: httpx.Client
    access: Json
    stream_id: str

    @property
    def key(self) -> str:
        return self.access["stream_key"]

    @property
    def shown(self) -> Json:
        with calling(self.server) as anybody:
            return anybody.get(f"live/streams/{self.stream_id}").json()["data"]

    @property
    def is_live(self) -> bool:
        return self.shown["is_live"]

    @property
    def segments(self) -> list[str]:
        with calling(self.server) as anybody:
            playlist = anybody.get(f"live/streams/{self.stream_id}/hls/index.m3u8").text
        return re.findall(r"^\d+\.ts$", playlist.replace("\r", ""), re.MULTILINE)

    def icecast(self, key: str | None = None) -> str:
        place = self.access["icecast"]
        return f"icecast://source:{key or self.key}@{place['host']}:{place['port']}/live"

    def srt(self, key: str | None = None) -> str:
        return f"{self.access['srt_url']}&passphrase={key or self.key}&pkt_size=1316"

    def fetch(self, target: Path) -> Path:
        with calling(self.server) as anybody, target.open("wb") as file:
            for name in self.segments:
                file.write(anybody.get(f"live/streams/{self.stream_id}/hls/{name}").content)
        return target


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    settings = {
        "VEZA_LIVE_RTMP_PORT": str(free_port()),
        "VEZA_LIVE_ICECAST_PORT": str(free_port()),
        "VEZA_LIVE_SRT_PORT": str(free_port()),
        "VEZA_LOG_LEVEL": "debug",
    }
    with served("--workers", "1", "--with-live", **settings) as running:
        yield running


@contextmanager
def streaming_as(server: Server, name: str) -> Iterator[Streamer]:
    with calling(server, sign_up(server, name)) as client:
        access = client.get("live/streams/me/key").json()["data"]
        [own] = client.get("live/streams/me").json()["data"]["streams"]
        words = {"title": f"{name} on air"}
        assert client.put(f"live/streams/{own['id']}", json=words).status_code == 200
        yield Streamer(server, name, client, access, own["id"])


@contextmanager
def running(*options: str) -> Iterator[Encoder]:
    command = [str(sounds.ffmpeg_of_the_wheel()), "-hide_banner", "-loglevel", "error", "-nostdin"]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            yield Encoder(process)
        finally:
            process.kill()


@contextmanager
def casting(url: str, form: str = "mp3", *, seconds: int = 90) -> Iterator[Encoder]:
    """An encoder of Icecast, which sends a tone."""
    kind, *codec = FORMATS[form]
    sound = (*TONE, "-t", str(seconds), "-ac", "2")
    with running(*sound, *codec, "-content_type", kind, url) as encoder:
        yield encoder


@contextmanager
def sending_srt(url: str, *, seconds: int = 90) -> Iterator[Encoder]:
    """An encoder that sends a tone and pictures by SRT."""
    with running(*TONE, *PICTURES, "-t", str(seconds), *AS_H264, *TRANSPORT, url) as encoder:
        yield encoder


def test_each_format_is_heard_for_as_long_as_it_was_sent(server: Server, tmp_path: Path) -> None:
    with ExitStack() as stack:
        streamers = {
            form: stack.enter_context(streaming_as(server, f"of_{form}")) for form in FORMATS
        }
        filmed = stack.enter_context(streaming_as(server, "filmed"))
        encoders = [
            stack.enter_context(casting(each.icecast(), form, seconds=12))
            for form, each in streamers.items()
        ]
        encoders.append(stack.enter_context(sending_srt(filmed.srt(), seconds=12)))
        until(lambda: filmed.is_live and all(each.is_live for each in streamers.values()), 60)
        commands = " ".join(server.processes().values())
        for encoder in encoders:
            until(lambda encoder=encoder: encoder.has_ended, 60)
        until(lambda: not any(each.is_live for each in streamers.values()), 60)
        until(lambda: not filmed.is_live, 60)
        heard = {form: each.fetch(tmp_path / form) for form, each in streamers.items()}
        heard["srt"] = filmed.fetch(tmp_path / "srt")
        keys = [each.key for each in (*streamers.values(), filmed)]
        assert [key for key in keys if key in commands] == []
    for form, media in heard.items():
        samples = sounds.read(media)
        assert len(samples) / sounds.RATE == pytest.approx(12, abs=2), form
        assert find_pitch(samples) == pytest.approx(1000, abs=2), form
    assert {form: kinds_in(media) for form, media in heard.items() if form != "srt"} == {
        form: ["Audio"] for form in FORMATS
    }
    assert sorted(kinds_in(heard["srt"])) == ["Audio", "Video"]


def test_another_key_an_end_and_a_suspension_cut_off(server: Server) -> None:
    with streaming_as(server, "cut") as cut, streaming_as(server, "admin_of_cuts") as admin:
        for sending in (lambda: casting(cut.icecast()), lambda: sending_srt(cut.srt())):
            with sending() as encoder:
                until(lambda: cut.is_live, 60)
                answer = cut.client.post("live/streams/me/key/regenerate")
                old, cut.access = cut.access, answer.json()["data"]
                assert old["stream_key"] != cut.key
                until(lambda encoder=encoder: encoder.has_ended, 20)
                assert not cut.is_live
        with sending_srt(cut.srt(old["stream_key"])) as refused:
            until(lambda: refused.has_ended, 20)
        with casting(cut.icecast(old["stream_key"])) as refused:
            until(lambda: refused.has_ended, 20)
            assert "401" in refused.complaints()
        with casting(cut.icecast()) as encoder:
            until(lambda: cut.is_live, 60)
            assert cut.client.post(f"live/streams/{cut.stream_id}/end").status_code == 200
            until(lambda: encoder.has_ended, 20)
        with sending_srt(cut.srt()) as encoder:
            until(lambda: is_on_air(cut), 60)
            suspend(server, cut, admin)
            until(lambda: encoder.has_ended, 20)
            assert not is_on_air(cut)


def test_one_key_admits_one_encoder_whichever_way_it_comes(server: Server) -> None:
    with streaming_as(server, "twice") as twice:
        rtmp = f"{twice.access['rtmp_url']}/{twice.key}"
        with casting(twice.icecast()) as first:
            until(lambda: twice.is_live, 60)
            with casting(twice.icecast()) as second:
                until(lambda: second.has_ended, 20)
                assert "403" in second.complaints()
            with sending_srt(twice.srt()) as second:
                until(lambda: second.has_ended, 20)
            with encoding(rtmp) as second:
                until(lambda: second.has_ended, 20)
            assert twice.is_live
            assert not first.has_ended
        until(lambda: not twice.is_live, 20)
        with encoding(rtmp) as first:
            until(lambda: twice.is_live, 60)
            with sending_srt(twice.srt()) as second:
                until(lambda: second.has_ended, 20)
            assert not first.has_ended


def test_an_ingest_that_is_killed_is_started_again_and_encoders_come_back(server: Server) -> None:
    with streaming_as(server, "back") as back, streaming_as(server, "back_too") as too:
        with casting(back.icecast()) as sound, sending_srt(too.srt()) as film:
            until(lambda: back.is_live and too.is_live, 60)
            started = back.shown["started_at"]
            [ingest] = server.processes_named("ingest_process ")
            kill_if_there(ingest)
            until(lambda: sound.has_ended and film.has_ended, 60)
            until(lambda: server.processes_named("ingest_process ") not in ([], [ingest]), 60)
            assert server.processes_named("ffmpeg") == []
        until(lambda: comes_back(back), 60)
        assert back.shown["started_at"] == started


def test_what_plays_is_shown_while_it_plays(server: Server) -> None:
    with streaming_as(server, "titled") as titled:
        with casting(titled.icecast()):
            until(lambda: titled.is_live, 60)
            song = {"mode": "updinfo", "mount": "/live", "song": " Ada -\tDämmerung\x07 "}
            answer = tell(titled, song, titled.key)
            assert answer.status_code == 200
            assert titled.shown["now_playing"] == "Ada - Dämmerung"
            assert tell(titled, song, "live_wrong").status_code == 401
        until(lambda: not titled.is_live, 20)
        assert titled.shown["now_playing"] == ""
        with casting(titled.icecast()):
            until(lambda: titled.is_live, 60)
            assert titled.shown["now_playing"] == ""


def test_strangers_are_answered_or_dropped_soon(server: Server) -> None:
    with streaming_as(server, "strange") as strange:
        port = strange.access["icecast"]["port"]
        begun = time.monotonic()
        with strangers(port, 5) as silent, strangers(port, 1, b"PUT /live HTTP/1.1\r\nA: ") as slow:
            for each in silent + slow:
                assert each.recv(100).startswith(b"HTTP/1.0 408 ")
        assert time.monotonic() - begun < 20
        # Twenty at once from one address, then no more.
        with strangers(port, 20), strangers(port, 1) as further:
            assert further[0].recv(100).startswith(b"HTTP/1.0 429 ")
        answers = [say(port, request) for request in REQUESTS]
        assert answers == list(REQUESTS.values())
        # Each wrong key counts, and after ten of a minute none is looked at.
        wrong = put_with("live_" + "x" * 43)
        statuses = [say(port, wrong, "127.0.0.77") for _ in range(11)]
        assert statuses == [401] * 10 + [429]
        assert say(port, put_with(strange.key), "127.0.0.77") == 429
        # What is no handshake gets no answer, and costs nothing.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
            srt_port = int(re.findall(r":(\d+)\?", strange.access["srt_url"])[0])
            noise.settimeout(1)
            for packet in (b"", b"\x80\x00", b"x" * 1400, b"\x80\x00" + b"\xff" * 62):
                noise.sendto(packet, ("127.0.0.1", srt_port))
            with pytest.raises(TimeoutError):
                noise.recv(100)
        assert server.processes_named("ffmpeg") == []


def test_an_encoder_without_the_key_or_without_encryption_is_refused_by_srt(
    server: Server,
) -> None:
    with streaming_as(server, "locked") as locked:
        plain = f"{locked.access['srt_url']}&pkt_size=1316"
        for url in (locked.srt("live_" + "x" * 43), plain, plain.replace("=0", "=f")):
            with sending_srt(url) as encoder:
                until(lambda encoder=encoder: encoder.has_ended, 20)
                assert "passphrase" in encoder.complaints().lower() or "key" not in url
        assert locked.shown["status"] == "draft"


def test_an_encoder_that_falls_silent_is_disconnected(server: Server) -> None:
    with streaming_as(server, "still") as still, streaming_as(server, "mute") as mute:
        with casting(still.icecast()) as sound, sending_srt(mute.srt()) as film:
            until(lambda: still.is_live and mute.is_live, 60)
            sound.freeze()
            film.freeze()
            until(lambda: not still.is_live and not mute.is_live, 40)
            until(lambda: server.processes_named("ffmpeg") == [], 20)
        assert still.shown["status"] == "live"


def test_no_key_is_in_any_file_or_log(server: Server) -> None:
    with streaming_as(server, "quiet") as quiet:
        with casting(quiet.icecast()), streaming_as(server, "quieter") as quieter:
            until(lambda: quiet.is_live, 60)
            with sending_srt(quieter.srt()):
                until(lambda: quieter.is_live, 60)
                commands = " ".join(server.processes().values())
        keys = {quiet.key, quieter.key}
        said = server.log + commands
        assert [key for key in keys if key in said] == []
        found = [
            path
            for path in server.data_dir.rglob("*")
            if path.is_file() and any(key.encode() in path.read_bytes() for key in keys)
        ]
        assert found == []


REQUESTS = {
    b"GET / HTTP/1.1\r\n\r\n": 404,
    b"OPTIONS * HTTP/1.1\r\n\r\n": 200,
    b"DELETE /live HTTP/1.1\r\n\r\n": 405,
    b"\x16\x03\x01 hello\r\n\r\n": 400,
    b"PUT /live HTTP/1.1\r\n" + b"a: " + b"x" * 9000 + b"\r\n\r\n": 400,
    b"PUT /live HTTP/1.1\r\n\r\n": 401,
    b"PUT /live HTTP/1.1\r\nAuthorization: Basic !!\r\n\r\n": 401,
    b"PUT /live HTTP/1.1\r\nAuthorization: Basic eDp4\r\nContent-Type: video/webm\r\n\r\n": 415,
}


def put_with(key: str) -> bytes:
    """Return the request of an encoder."""
    words = base64.b64encode(f"source:{key}".encode())
    return b"PUT /live HTTP/1.1\r\nAuthorization: Basic " + words + b"\r\n\r\n"


def say(port: int, request: bytes, source: str = "127.0.0.66") -> int:
    """Send a request from an address of this machine; return the status of the answer."""
    with socket.create_connection(("127.0.0.1", port), 20, (source, 0)) as connection:
        connection.sendall(request)
        return int(connection.recv(1000).split(b" ")[1])


@contextmanager
def strangers(port: int, count: int, words: bytes = b"") -> Iterator[list[socket.socket]]:
    """Connections from one address that say little, or nothing."""
    with ExitStack() as stack:
        found = [
            stack.enter_context(
                socket.create_connection(("127.0.0.1", port), 20, ("127.0.0.88", 0))
            )
            for _ in range(count)
        ]
        for each in found:
            each.sendall(words)
        yield found


def tell(streamer: Streamer, query: Json, key: str) -> httpx.Response:
    """Say what plays, as encoders do."""
    place = streamer.access["icecast"]
    url = f"http://{place['host']}:{place['port']}/admin/metadata"
    return httpx.get(url, params=query, auth=("source", key))


def comes_back(streamer: Streamer) -> bool:
    """Try to go on air, as encoders do again and again."""
    with casting(streamer.icecast(), seconds=1) as encoder:
        until(lambda: encoder.has_ended, 60)
        return encoder.complaints() == ""


def is_on_air(streamer: Streamer) -> bool:
    """Return whether a stream of a member is live, as all see it."""
    with calling(streamer.server) as anybody:
        listed = anybody.get("live/streams?is_live=true").json()["data"]["streams"]
    return streamer.name in [stream["owner"]["username"] for stream in listed]


def suspend(server: Server, member: Streamer, admin: Streamer) -> None:
    """Have an admin suspend a member."""
    set_role(server, admin.name, "admin")
    login = {"email": f"{admin.name}@example.com", "password": PASSWORD}
    with calling(server) as anybody:
        token = anybody.post("auth/login", json=login).json()["data"]["access_token"]
    owner_id = member.client.get("users/me").json()["data"]["id"]
    with calling(server, token) as staff:
        answer = staff.post(f"admin/users/{owner_id}/suspend", json={"reason": "A test."})
        assert answer.status_code == 200, answer.text


def kinds_in(media: Path) -> list[str]:
    """Return the kinds of the streams that a file says to have."""
    command = [str(sounds.ffmpeg_of_the_wheel()), "-hide_banner", "-i", str(media)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    return re.findall(r"^ +Stream #\S+ (\w+):", told, re.MULTILINE)


def find_pitch(samples: sounds.Samples) -> float:
    """Return the loudest frequency of the first second in the middle."""
    middle = len(samples) // 2
    wave = samples[middle : middle + sounds.RATE].mean(axis=1)
    return float(np.argmax(np.abs(np.fft.rfft(wave))))
