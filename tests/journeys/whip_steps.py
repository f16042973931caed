"""Steps of encoders that send by WHIP: ffmpeg, and aiortc in a loop of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer

from tests.encoders import Encoder
from tests.journeys.ways_in_steps import TONE, Streamer, running

_END_S = 20


@contextmanager
def sending_whip(url: str, key: str, *more: str, seconds: int = 90) -> Iterator[Encoder]:
    """An ffmpeg that sends a tone by WHIP."""
    sound = (
        *TONE,
        "-t",
        str(seconds),
        "-ac",
        "2",
        "-ar",
        "48000",
        "-c:a",
        "libopus",
        "-b:a",
        "96k",
    )
    with running(*sound, "-f", "whip", "-authorization", key, *more, url) as encoder:
        yield encoder


def post(url: str, key: str | None, offer: str | bytes, kind: str = "application/sdp") -> Any:
    """Send an offer; return the response."""
    headers = {"content-type": kind}
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    return httpx.post(url, headers=headers, content=offer, timeout=30)


class WhipClient:
    """A client of aiortc, which sends a tone."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._peers: list[Any] = []
        self.answer: Any = None

    @property
    def state(self) -> str:
        """The state of the connection, as aiortc names it."""
        return self._peers[-1].connectionState

    @property
    def session(self) -> str:
        return self.answer.headers["location"]

    def offer(self) -> str:
        """Return the offer, with which nothing begins yet."""
        return self._run(self._offer())

    def connect(self) -> None:
        """Send the offer, and all that follows if it is taken."""
        self.answer = post(self._url, self._key, self.offer())
        if self.answer.status_code == 201:
            self._run(self._take(self.answer.text))

    def ask(self, method: str, **more: Any) -> int:
        """Send a request about the session; return the status."""
        headers = {"authorization": f"Bearer {self._key}", **more.pop("headers", {})}
        return httpx.request(method, self.session, headers=headers, timeout=30, **more).status_code

    def close(self) -> None:
        """End, as a page does that is left."""
        for peer in self._peers:
            self._run(peer.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_END_S)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_END_S)

    async def _offer(self) -> str:
        peer = RTCPeerConnection()
        self._peers.append(peer)
        tone = MediaPlayer("sine=1000:sample_rate=48000", format="lavfi")
        peer.addTrack(tone.audio)
        await peer.setLocalDescription(await peer.createOffer())
        return peer.localDescription.sdp

    async def _take(self, answer: str) -> None:
        await self._peers[-1].setRemoteDescription(RTCSessionDescription(answer, "answer"))


@contextmanager
def publishing(streamer: Streamer, key: str | None = None) -> Iterator[WhipClient]:
    """A client of aiortc that has sent its offer."""
    client = WhipClient(streamer.access["whip_url"], key or streamer.key)
    try:
        client.connect()
        yield client
    finally:
        client.close()
