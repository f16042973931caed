"""The port of RTMPS, at a socket: TLS, limits, bytes both ways, and ends."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.infra.ingest.rtmps_steps import ADMITTED, HANDSHAKE, Rtmps
from tests.support import certificates as made
from tests.support.waiting import until
from veza.infra.ingest import limits, rtmps
from veza.infra.ingest.rtmps import Answers

KEY = b"live_secretsecretsecret"


async def pour(writer: asyncio.StreamWriter) -> int:
    """Write until nobody reads any more; return how much that was."""
    written = 0
    with suppress(TimeoutError, ConnectionError):
        while written < 200 << 20:
            writer.write(bytes(1 << 16))
            async with asyncio.timeout(0.3):
                await writer.drain()
            written += 1 << 16
    return written


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[Rtmps]:
    opened = Rtmps(tmp_path)
    async with opened.listening():
        yield opened


async def test_bytes_pass_both_ways_and_all_arrive_before_the_end(port):
    sent = bytes(range(256)) * 8000
    async with port.connected() as (reader, writer):
        assert await reader.readexactly(len(HANDSHAKE + ADMITTED)) == HANDSHAKE + ADMITTED
        writer.write(sent)
        writer.close()
        await until(lambda: port.nginx.ended == 1)
    assert port.nginx.taken == sent
    await until(lambda: not port.served.connections)


async def test_tls_is_1_2_at_least(port):
    async with port.connected() as (_, writer):
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with capture_logs() as logged:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", port.number, ssl=old)
        await until(lambda: "UNSUPPORTED_PROTOCOL" in str(logged))


async def test_who_speaks_no_tls_is_disconnected_and_counts_as_a_fault(port, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FAULTS", 1)
    with capture_logs() as logged:
        async with port.connected(is_plain=True) as (reader, writer):
            writer.write(b"\x03" + KEY * 100)
            assert await reader.read() == b""
        await until(lambda: not port.served.connections)
    assert port.nginx.connections == 0
    assert KEY.decode() not in str(logged)
    assert await port.is_closed_at_once()


async def test_a_handshake_that_never_ends_is_ended(port, monkeypatch):
    monkeypatch.setattr(rtmps, "AUTHENTICATE_WITHIN_S", 0.1)
    monkeypatch.setattr(limits, "MAX_FAULTS", 2)
    for words in (b"", b"\x16\x03\x01\x02\x00\x01"):
        async with port.connected(is_plain=True) as (reader, writer):
            writer.write(words)
            assert await reader.read() == b""
    await until(lambda: not port.served.connections)
    assert await port.is_closed_at_once()
    assert port.nginx.connections == 0


async def test_who_looks_whether_the_port_is_open_causes_no_fault(port, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FAULTS", 1)
    async with port.connected(is_plain=True) as (_, writer):
        writer.close()
    await until(lambda: not port.served.connections)
    assert not await port.is_closed_at_once()


@pytest.mark.parametrize("bound", ["MAX_WAITING", "MAX_PER_NETWORK", "MAX_CONNECTIONS"])
async def test_connections_have_bounds_before_the_handshake(port, monkeypatch, bound):
    monkeypatch.setattr(limits, bound, 1)
    async with port.connected(is_plain=True):
        await until(lambda: len(port.served.connections) == 1)
        assert await port.is_closed_at_once()
    await until(lambda: not port.served.connections)
    assert not await port.is_closed_at_once()


async def test_a_stream_is_no_stranger_any_more(port, monkeypatch):
    monkeypatch.setattr(limits, "MAX_WAITING", 1)
    async with port.connected() as (reader, _):
        await reader.readexactly(len(HANDSHAKE + ADMITTED))
        assert not await port.is_closed_at_once()


async def test_a_key_that_nginx_refuses_is_a_fault(port, monkeypatch):
    async def refuse(reader, writer):
        writer.write(HANDSHAKE)
        await reader.read(1)

    port.nginx.serve = refuse
    monkeypatch.setattr(limits, "MAX_FAULTS", 1)
    async with port.connected() as (reader, writer):
        writer.write(KEY)
        assert await reader.read() == HANDSHAKE
    await until(lambda: not port.served.connections)
    assert await port.is_closed_at_once()


async def test_who_publishes_nothing_is_disconnected(port, monkeypatch):
    async def wait(reader, writer):
        # In its handshake nginx repeats what an encoder sent.
        writer.write(b"\x03" + ADMITTED * 30)
        await reader.read()

    port.nginx.serve = wait
    monkeypatch.setattr(rtmps, "PUBLISH_WITHIN_S", 0.1)
    monkeypatch.setattr(limits, "MAX_FAULTS", 1)
    async with port.connected() as (reader, _):
        await reader.read()
    await until(lambda: not port.served.connections)
    assert await port.is_closed_at_once()


async def test_a_silent_encoder_and_one_that_sends_a_little_are_disconnected(port, monkeypatch):
    monkeypatch.setattr(limits, "IDLE_AFTER_S", 0.1)
    monkeypatch.setattr(rtmps, "IDLE_AFTER_S", 0.1)
    async with port.connected() as (reader, _):
        assert await reader.read() == HANDSHAKE + ADMITTED
    async with port.connected() as (reader, writer):
        answering = asyncio.create_task(reader.read())
        while not answering.done():
            writer.write(b"a")
            await asyncio.sleep(0.01)
        assert await answering == HANDSHAKE + ADMITTED
    await until(lambda: port.nginx.ended == 2)


@pytest.mark.long
async def test_an_nginx_that_reads_nothing_bounds_what_is_kept(port, monkeypatch):
    monkeypatch.setattr(rtmps, "STALLED_AFTER_S", 0.5)
    monkeypatch.setattr(rtmps, "MAX_VIDEO_BYTES_PER_S", 1 << 40)
    held = asyncio.Event()

    async def hold(_, writer):
        writer.write(HANDSHAKE + ADMITTED)
        await held.wait()

    port.nginx.serve = hold
    async with port.connected() as (_, writer):
        sent = await pour(writer)
        # Buffers of the system have some megabytes, the process a few hundred kilobytes.
        assert sent < 50 << 20
        await until(lambda: not port.served.connections)
    held.set()


@pytest.mark.long
async def test_an_encoder_that_reads_nothing_is_disconnected(port, monkeypatch):
    monkeypatch.setattr(rtmps, "STALLED_AFTER_S", 0.2)
    written = []

    async def answer(_, writer):
        writer.write(HANDSHAKE + ADMITTED)
        written.append(await pour(writer))

    port.nginx.serve = answer
    async with port.connected() as (_, writer):
        writer.transport.pause_reading()
        await until(lambda: port.nginx.ended == 1)
        assert written[0] < 50 << 20
        await until(lambda: not port.served.connections)


async def test_an_encoder_that_sends_too_much_is_read_more_slowly(port, monkeypatch):
    monkeypatch.setattr(rtmps, "MAX_VIDEO_BYTES_PER_S", 100_000)
    async with port.connected() as (_, writer):
        for _ in range(100):
            writer.write(bytes(10_000))
        await until(lambda: port.nginx.taken)
        await asyncio.sleep(0.5)
        # Two seconds' worth, and what is read at once.
        assert len(port.nginx.taken) < 300_000


async def test_without_nginx_an_encoder_is_disconnected_without_a_fault(port, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FAULTS", 1)
    port.served._tools = rtmps.RtmpsTools(port.certificate, port.admissions, 1)
    async with port.connected() as (reader, _):
        assert await reader.read() == b""
    await until(lambda: not port.served.connections)
    assert not await port.is_closed_at_once()


async def test_a_new_certificate_is_for_new_connections(port, tmp_path):
    async with port.connected() as (reader, writer):
        first = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        await reader.readexactly(len(HANDSHAKE + ADMITTED))
        made.write(tmp_path, "two.test")
        await port.certificate.read()
        async with port.connected() as (_, later):
            second = later.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.write(KEY)
        await until(lambda: port.nginx.taken == KEY)
    assert [made.name_of(each) for each in (first, second)] == ["one.test", "two.test"]


async def test_without_a_certificate_nobody_is_served(port):
    port.certificate.context = None
    assert await port.is_closed_at_once()


async def test_encoders_are_disconnected_at_the_end(port):
    async with port.connected() as (reader, _), port.connected(is_plain=True):
        await reader.readexactly(len(HANDSHAKE + ADMITTED))
        await until(lambda: len(port.served.connections) == 2)
        await port.served.close()
        assert await reader.read() == b""
        await until(lambda: port.nginx.ended == 1)


async def test_what_is_unexpected_is_logged_without_its_text(port, monkeypatch):
    def fail(*_, **__):
        raise KeyError(KEY.decode())

    monkeypatch.setattr(rtmps, "Answers", fail)
    with capture_logs() as logged:
        async with port.connected() as (reader, _):
            assert await reader.read() == b""
        await until(lambda: not port.served.connections)
    assert [(each["event"], each["reason"]) for each in logged] == [("encoder_failed", "KeyError")]


@pytest.mark.parametrize("size", [1, 7, 1536, 5000])
def test_an_admission_is_found_however_it_is_cut(size):
    said = HANDSHAKE + b"window" + ADMITTED
    answers = Answers()
    for at in range(0, len(said), size):
        answers.note(said[at : at + size])
    assert answers.published.is_set()


def test_an_admission_within_the_handshake_is_none():
    answers = Answers()
    said = (b"\x03" + ADMITTED * 100)[: len(HANDSHAKE)]
    for at in range(0, len(said), 100):
        answers.note(said[at : at + 100])
    answers.note(b"refused")
    assert not answers.published.is_set()
