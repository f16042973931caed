"""The way out to one peer: in order, with a bound, and without anybody waiting."""

import asyncio
from typing import Any

from msgspec import Struct
from structlog.testing import capture_logs

from veza.infra.sockets import (
    ASK_BYTES,
    ASK_FRAMES,
    MAX_ASKED,
    MAX_BYTES,
    MAX_FRAMES,
    Close,
    Frame,
    Outlet,
    frame_of,
    make_frame,
)


class Peer:
    """Stands for the server: takes what is sent, and says that it went out when it is told to."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self._out: list[asyncio.Future[None]] = []

    def __call__(self, message: dict[str, Any]) -> asyncio.Future[None]:
        self.taken.append(message)
        self._out.append(asyncio.get_running_loop().create_future())
        if message["type"] != "websocket.send":
            self._out[-1].set_result(None)
        return self._out[-1]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.taken if message["type"] == "websocket.send"]

    async def read(self) -> None:
        """Take all that was sent so far."""
        for out in self._out:
            if not out.done():
                out.set_result(None)
        for _ in range(5):
            await asyncio.sleep(0)

    def go(self) -> None:
        """Be gone."""
        for out in self._out:
            if not out.done():
                out.set_exception(RuntimeError("gone"))
                # Nobody asks after most frames; the server's own answers bear that in silence.
                out.exception()


def _frames(count: int) -> list[Frame]:
    return [frame_of(str(number).encode()) for number in range(count)]


async def _never() -> None:
    await asyncio.Event().wait()


async def test_what_is_put_goes_out_at_once_until_an_answer_is_waited_for() -> None:
    peer = Peer()
    outlet = Outlet(peer)
    frames = _frames(ASK_FRAMES * MAX_ASKED + 10)
    for frame in frames:
        outlet.put(frame)

    assert len(peer.taken) == ASK_FRAMES * MAX_ASKED
    assert peer.texts == [frame.message["text"] for frame in frames][: len(peer.taken)]


async def test_what_waits_follows_in_order_as_the_peer_reads() -> None:
    peer = Peer()
    outlet = Outlet(peer)
    serving = asyncio.create_task(outlet.serve(_never()))
    frames = _frames(300)
    for frame in frames:
        outlet.put(frame)
    while len(peer.taken) < len(frames):
        before = len(peer.taken)
        await peer.read()
        assert len(peer.taken) > before
        assert len(peer.taken) <= before + ASK_FRAMES * MAX_ASKED
    outlet.put(frame_of(b"last"))
    await peer.read()

    assert peer.texts == [*(frame.message["text"] for frame in frames), "last"]
    outlet.end(1000, "")
    await serving


async def test_large_frames_are_asked_for_sooner() -> None:
    peer = Peer()
    outlet = Outlet(peer)
    for _ in range(10):
        outlet.put(frame_of(b"x" * ASK_BYTES))

    assert len(peer.taken) == MAX_ASKED


async def test_a_slow_reader_is_cut_off_beyond_so_many_frames() -> None:
    outlet = Outlet(Peer())
    for frame in _frames(ASK_FRAMES * MAX_ASKED + MAX_FRAMES):
        outlet.put(frame)
    assert outlet.ending is None

    outlet.put(frame_of(b"one more"))

    assert outlet.ending is not None
    assert outlet.ending.code == Close.TRY_LATER


async def test_a_slow_reader_is_cut_off_beyond_so_many_bytes() -> None:
    outlet = Outlet(Peer())
    large = frame_of(b"x" * (MAX_BYTES // 4))
    for _ in range(MAX_ASKED + 4):
        outlet.put(large)
    assert outlet.ending is None

    outlet.put(large)

    assert outlet.ending is not None
    assert outlet.ending.code == Close.TRY_LATER


async def test_after_the_end_nothing_goes_out_but_the_reason() -> None:
    peer = Peer()
    outlet = Outlet(peer)
    serving = asyncio.create_task(outlet.serve(_never()))
    for frame in _frames(200):
        outlet.put(frame)
    outlet.end(4400, "Enough.")
    outlet.end(4401, "Too late to matter.")
    outlet.put(frame_of(b"unheard"))
    await serving
    await outlet.close()

    assert len(peer.texts) == ASK_FRAMES * MAX_ASKED
    assert peer.taken[-1] == {"type": "websocket.close", "code": 4400, "reason": "Enough."}


async def test_who_has_much_to_say_waits_until_nothing_waits() -> None:
    peer = Peer()
    outlet = Outlet(peer)
    serving = asyncio.create_task(outlet.serve(_never()))
    await outlet.wait_for_space()
    for frame in _frames(ASK_FRAMES * MAX_ASKED + 1):
        outlet.put(frame)
    waiting = asyncio.create_task(outlet.wait_for_space())
    await asyncio.sleep(0)
    assert not waiting.done()

    await peer.read()

    await waiting
    outlet.end(1000, "")
    await serving


async def test_the_end_lets_go_who_waits() -> None:
    outlet = Outlet(Peer())
    for frame in _frames(ASK_FRAMES * MAX_ASKED + 1):
        outlet.put(frame)
    waiting = asyncio.create_task(outlet.wait_for_space())
    await asyncio.sleep(0)

    outlet.end(1000, "")

    await waiting


async def test_a_peer_that_is_gone_is_told_nothing() -> None:
    peer = Peer()
    outlet = Outlet(peer)
    serving = asyncio.create_task(outlet.serve(_never()))
    for frame in _frames(ASK_FRAMES):
        outlet.put(frame)
    peer.go()
    await serving
    await outlet.close()

    assert outlet.is_peer_gone
    assert len(peer.taken) == ASK_FRAMES


async def test_a_frame_is_written_down_once() -> None:
    class Word(Struct, frozen=True):
        said: str

    frame = make_frame(Word("Grüße"))
    assert frame.message == {"type": "websocket.send", "text": '{"said":"Grüße"}'}
    assert frame.size == len('{"said":"Grüße"}'.encode())


async def test_what_crashes_is_told_to_the_log_and_to_the_peer() -> None:
    async def crash() -> None:
        raise KeyError("nowhere")

    peer = Peer()
    outlet = Outlet(peer)
    with capture_logs() as logs:
        await outlet.serve(crash())
    await outlet.close()

    assert [entry["event"] for entry in logs] == ["socket_crashed"]
    assert peer.taken[-1]["code"] == Close.CRASHED
