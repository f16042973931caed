"""The port of Icecast's protocol, at a socket: faults, titles, and what the log says."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from structlog.testing import capture_logs

from tests.infra.ingest.icecast_steps import Port, named, put, until
from tests.infra.waiting import PATIENCE_S
from veza.infra.ingest import icecast, limits, publications, titles
from veza.infra.ingest.hooks import Reason
from veza.infra.ingest.limits import TooManyConnections

KEY = "live_secretsecretsecret"


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Port]:
    made = Port()
    monkeypatch.setattr(icecast, "relaying_sound", made.relaying)
    async with made.listening():
        yield made


def is_refused(port: Port) -> bool:
    try:
        with port.admissions.connected("127.0.0.1"):
            return False
    except TooManyConnections:
        return True


async def test_a_malformed_chunk_ends_the_stream_and_is_a_fault(port, monkeypatch):
    monkeypatch.setattr(limits, "_SOON_S", 0.0)
    monkeypatch.setattr(limits, "MAX_FAULTS", 1)
    sent = put(KEY, "Transfer-Encoding: chunked") + b"3\r\nabc\r\n"
    async with port.connected(sent) as (reader, writer):
        await until(lambda: port.process.taken)
        assert not is_refused(port)
        writer.write(b"-5\r\n" + bytes(100))
        async with asyncio.timeout(PATIENCE_S):
            assert b"200 OK" in await reader.read()
    assert port.process.taken == b"abc"
    assert port.hooks.released == ["icecast-1"]
    assert is_refused(port)


async def test_an_encoder_that_ends_leaves_the_titles_of_the_next_one(port):
    async with port.connected(put(KEY)) as (_, first):
        await until(lambda: port.served._live)
        earlier = port.served._live[KEY]
        async with port.connected(put(KEY)):
            await until(lambda: port.served._live[KEY] is not earlier)
            first.close()
            await until(lambda: port.hooks.released)
            assert b"200 OK" in await port.ask(named(KEY, "Dusk"))
            await until(lambda: port.hooks.titles == ["Dusk"])
    await until(lambda: len(port.hooks.released) == 2)
    assert port.served._live == {}


async def test_the_log_has_no_key_whatever_fails(port, caplog):
    port.hooks.fails = KeyError(KEY)
    with capture_logs() as logged:
        await port.ask(put(KEY))
    assert [(each["event"], each["reason"]) for each in logged] == [("encoder_failed", "KeyError")]
    assert KEY not in caplog.text + str(logged)


async def test_sound_goes_on_while_a_title_is_sent_and_one_that_was_lost_is_sent_again(
    port, monkeypatch
):
    monkeypatch.setattr(publications, "CONFIRM_EACH_S", 0.02)
    monkeypatch.setattr(titles, "_EACH_S", 0.02)
    asked, answered = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        asked.set()
        await answered.wait()

    port.hooks.before_title = wait
    port.hooks.title_fails = [Reason.UNAVAILABLE]
    async with port.connected(put(KEY)) as (_, writer):
        await until(lambda: port.served._live)
        await port.ask(named(KEY, "Dawn"))
        await asked.wait()
        for number in range(1, 4):
            writer.write(b"sound")
            heard = b"sound" * number
            await until(partial(port.process.has, heard))
        assert port.hooks.titles == []
        answered.set()
        await until(lambda: port.hooks.titles == ["Dawn"])


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"\x16\x03\x01 hello\r\n\r\n", b"400"),
        (b"PUT /live HTTP/1.1\r\na: " + b"x" * 9000 + b"\r\n\r\n", b"400"),
        (b"PUT /live HTTP/1.1\r\n", b"408"),
    ],
    ids=["malformed", "long", "slow"],
)
async def test_a_head_that_is_malformed_or_late_is_a_fault(port, monkeypatch, head, status):
    monkeypatch.setattr(limits, "MAX_FAULTS", 1)
    monkeypatch.setattr(icecast, "AUTHENTICATE_WITHIN_S", 0.1)
    assert not is_refused(port)
    assert (await port.ask(head)).split()[1] == status
    assert is_refused(port)
    assert (await port.ask(b"")).split()[1] == b"429"


async def test_a_request_without_a_key_and_a_connection_that_closes_are_no_faults(
    port, monkeypatch
):
    monkeypatch.setattr(limits, "MAX_FAULTS", 1)
    # Some encoders ask without the password first, and balancers look whether the port is open.
    async with port.connected(b""):
        pass
    assert (await port.ask(b"PUT /live HTTP/1.1\r\n\r\n")).split()[1] == b"401"
    assert not is_refused(port)


async def test_a_stream_is_no_stranger_any_more(port, monkeypatch):
    monkeypatch.setattr(limits, "MAX_WAITING", 1)
    async with port.connected(put(KEY)) as (reader, _):
        assert b"200 OK" in await reader.readline()
        async with port.connected(b"") as (silent, _):
            await until(lambda: len(port.served._connections) == 2)
            assert (await port.ask(b"")).split()[1] == b"429"
            assert not silent.at_eof()
