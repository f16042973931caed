"""The port of SRT: what becomes of packets that come late, and what the log says."""

import asyncio
import socket

from msgspec import structs
from structlog.testing import capture_logs

from veza.infra.ingest import srt_packets as packets
from veza.infra.ingest.limits import Admissions
from veza.infra.ingest.srt_connections import SrtConnection, SrtTools
from veza.infra.ingest.srt_front import SrtFront

KEY = "live_secretsecretsecret"
PEER = ("127.0.0.1", 5555)
DATA = bytes(188)


class Wire:
    """A transport that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendto(self, data: bytes, _: object) -> None:
        self.sent.append(data)

    def close(self) -> None:
        pass


class FailingHooks:
    """An API whose answer causes an error that nobody expects."""

    async def unlock(self, *_: object) -> str:
        raise KeyError(KEY)


def tools() -> SrtTools:
    return SrtTools(FailingHooks(), Admissions(), None)  # pyright: ignore[reportArgumentType]


async def test_packets_after_the_end_go_nowhere():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.settimeout(5)
        connection = SrtConnection(lambda *_: None, tools(), PEER, "srt-1")
        async with connection._connected(taken.getsockname()[1]):
            inner = connection._inner
            connection._cookie = 1
            connection.pass_on(DATA)
            assert await asyncio.to_thread(taken.recv, 2000) == DATA
        flow = connection._flow._bytes
        # Also when the system has closed the socket.
        for _ in range(3):
            connection.pass_on(DATA)
            await asyncio.sleep(0)
        assert inner is not None
        assert inner.is_closing()
        assert connection._flow._bytes == flow


async def test_the_log_has_no_key_whatever_fails(caplog):
    front, wire = SrtFront(tools()), Wire()
    front.connection_made(wire)  # pyright: ignore[reportArgumentType]
    front.datagram_received(packets.make_induction(7), PEER)
    answer = packets.read_handshake(wire.sent.pop())
    asked = structs.replace(answer, kind=-1, extension=5, blocks=[(3, b"m" * 48)])
    with capture_logs() as logged:
        front.datagram_received(packets.write_handshake(asked), PEER)
        task = front._connections[PEER].task
        assert task is not None
        await asyncio.wait([task])
        assert task.exception() is None
    assert packets.read_handshake(wire.sent.pop()).kind == packets.UNAVAILABLE
    assert [(each["event"], each["reason"]) for each in logged] == [("encoder_failed", "KeyError")]
    assert KEY not in caplog.text + str(logged)
    assert front._connections == {}
