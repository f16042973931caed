"""Steps of encoders that send by Icecast's protocol and by SRT, and of strangers."""

import base64
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tests import sounds
from tests.encoders import Encoder
from tests.journeys.browser import Tab
from tests.journeys.served import Server, calling, set_role, sign_up, until
from tests.journeys.web_pages import wait_for
from tests.make import PASSWORD

type Json = dict[str, Any]

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
# Fills the form, and sends it.
_SIGN_IN = """
for (const [name, value] of [['email', 'NAME@example.com'], ['password', 'PASSWORD']]) {
  const field = document.querySelector(`form [name=${name}]`);
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
}
document.querySelector('form [type=submit]').click();
"""
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


def sign_in(tab: Tab, streamer: Streamer) -> None:
    """Sign in by the form, as a member does."""
    tab.open(f"{streamer.server.url}/sign-in")
    wait_for(tab, "!!document.querySelector('form [name=email]')")
    tab.ask(_SIGN_IN.replace("NAME", streamer.name).replace("PASSWORD", PASSWORD))
    wait_for(tab, "location.pathname === '/'")


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
    """Send a title, as encoders do."""
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
    """Suspend a member as an admin."""
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
