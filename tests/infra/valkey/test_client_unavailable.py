"""A Valkey that is gone or says nothing: one call notices, the others aren't kept waiting."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from valkey.exceptions import ResponseError

from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.errors import TooManyRequests
from veza.infra.processes.embedded import Engine
from veza.infra.processes.embedded_valkey import start_valkey, valkey_url
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.valkey import client as valkey
from veza.infra.valkey.broadcast import Broadcast
from veza.infra.valkey.client import (
    GONE,
    ServerMarkedDown,
    ValkeyClient,
    WindowCounters,
    counter_key,
)

PASSWORD = "of the one that goes"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "TIMEOUT_S", 0.5)
    monkeypatch.setattr(valkey, "PAUSE_S", 0.1)


class Mute:
    """Takes connections, reads what comes, and never says a word."""

    def __init__(self) -> None:
        self.connections = 0
        self.socket = ""
        self._writers: list[asyncio.StreamWriter] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        while await reader.read(1000):
            pass

    def close(self) -> None:
        for writer in self._writers:
            writer.close()


@pytest.fixture
async def mute(tmp_path: Path) -> AsyncIterator[Mute]:
    server = Mute()
    server.socket = f"unix://{tmp_path}/mute.sock"
    listening = await asyncio.start_unix_server(server.take, tmp_path / "mute.sock")
    yield server
    listening.close()
    server.close()


@asynccontextmanager
async def silent(mute: Mute, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ValkeyClient]:
    """A client that will not look again for the server while the test runs."""
    monkeypatch.setattr(valkey, "PAUSE_S", 3600)
    async with valkey.connect(mute.socket) as client:
        yield client


@pytest.fixture
async def engine(data_dir: Path) -> AsyncIterator[Engine]:
    started = await start_valkey(_folder(data_dir), password=PASSWORD)
    yield started
    # Where it was stopped on the way it must hear of its end.
    if started.exit_code is None:
        os.kill(started.pid, signal.SIGCONT)
        await started.stop()


@pytest.fixture
async def client(engine: Engine, data_dir: Path) -> AsyncIterator[ValkeyClient]:
    async with valkey.connect(valkey_url(_folder(data_dir), PASSWORD)) as made:
        yield made


async def test_a_server_that_says_nothing_is_asked_once(
    mute: Mute, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with silent(mute, monkeypatch) as client:
        with pytest.raises(GONE):
            await client.get("x")
        assert mute.connections == 1
        for _ in range(100):
            with pytest.raises(ServerMarkedDown):
                await client.get("x")
        assert mute.connections == 1


async def test_calls_that_come_at_once_wait_together(
    mute: Mute, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More than there are connections, and only the one bound over all of it is short.
    monkeypatch.setattr(valkey, "TIMEOUT_S", 60)
    async with silent(mute, monkeypatch) as client:
        monkeypatch.setattr(valkey, "TIMEOUT_S", 0.2)
        calls = [asyncio.create_task(client.get("x")) for _ in range(100)]
        done, waiting = await asyncio.wait(calls, timeout=20)

        assert not waiting
        assert all(isinstance(call.exception(), GONE) for call in done)


async def test_nobody_waits_again_wherever_valkey_is_used(
    mute: Mute, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with silent(mute, monkeypatch) as client:
        counters, broadcast = WindowCounters(client), Broadcast(client)
        attempts = LoginThrottle(client, max_failures=2, window_s=60)
        heard: list[str] = []
        broadcast.listen("news", lambda: heard.append("news"))

        assert (await counters.add("x", 60)).count == 1
        for n in range(2, 50):
            assert (await counters.add("x", 60)).count == n
            assert (await counters.get("x")).count == n
        for _ in range(2):
            async with attempts.attempt("someone", TooManyRequests) as attempt:
                attempt.fail()
        with pytest.raises(TooManyRequests):
            async with attempts.attempt("someone", TooManyRequests):
                pass
        await counters.clear("x")
        await broadcast.signal(frozenset({"news"}))

        assert heard == ["news"]
        assert mute.connections == 1


async def test_a_server_that_went_silent_is_found_again(
    client: ValkeyClient, engine: Engine
) -> None:
    await client.set("word", "kept")
    os.kill(engine.pid, signal.SIGSTOP)
    with pytest.raises(GONE):
        await client.get("word")
    with pytest.raises(ServerMarkedDown):
        await client.get("word")

    os.kill(engine.pid, signal.SIGCONT)
    await until(lambda: _answers(client))
    assert await client.get("word") == b"kept"


async def test_a_server_that_was_killed_is_found_again(
    client: ValkeyClient, engine: Engine, data_dir: Path
) -> None:
    counters = WindowCounters(client)
    assert (await counters.add("x", 60)).count == 1
    assert (await WindowCounters(client).add("x", 60)).count == 2
    assert (await counters.add("x", 60)).count == 3
    os.kill(engine.pid, signal.SIGKILL)
    await engine.wait()
    assert (await counters.add("x", 60)).count == 4, "On from what it heard last, by itself."
    assert (await counters.add("x", 60)).count == 5
    assert 50 < (await counters.get("x")).ends_in_s <= 60
    with pytest.raises(ServerMarkedDown):
        await client.get("x")

    again = await start_valkey(_folder(data_dir), password=PASSWORD)
    try:
        await until(lambda: _answers(client))
        assert (await counters.add("y", 60)).count == 1
        assert await client.get(counter_key("y")) == b"1"
    finally:
        await again.stop()


async def test_a_call_that_is_refused_stops_no_other(services: Services) -> None:
    async with valkey.connect(services.addresses.valkey) as client:
        await client.set("test:word", "no list")
        with pytest.raises(ResponseError):
            await client.lpush("test:word", "x")

        assert await client.get("test:word") == b"no list"


async def test_a_call_that_takes_long_stops_no_other_that_is_answered(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey, "TIMEOUT_S", 1.0)
    async with valkey.connect(services.addresses.valkey) as client:
        slow = asyncio.create_task(client.blpop(["test:never"], timeout=5))
        while not slow.done():
            assert await client.ping()
        assert isinstance(slow.exception(), GONE)

        assert await client.ping()


async def test_a_script_that_the_server_forgot_stops_no_other(services: Services) -> None:
    async with valkey.connect(services.addresses.valkey) as client:
        await client.script_flush()

        assert (await WindowCounters(client).add("test:forgotten", 60)).count >= 1
        assert await client.get(counter_key("test:forgotten")) is not None


async def test_a_caller_who_goes_away_says_nothing_of_the_server(
    client: ValkeyClient, engine: Engine
) -> None:
    os.kill(engine.pid, signal.SIGSTOP)
    call = asyncio.create_task(client.get("x"))
    await asyncio.sleep(0.01)
    call.cancel()
    await asyncio.wait([call])
    os.kill(engine.pid, signal.SIGCONT)

    assert call.cancelled()
    assert await client.get("x") is None


async def test_whoever_looks_for_a_server_can_be_closed(mute: Mute) -> None:
    before = asyncio.all_tasks()
    async with valkey.connect(mute.socket) as client:
        with pytest.raises(GONE):
            await client.get("x")
        await until(lambda: mute.connections > 1)
    left = asyncio.all_tasks() - before
    assert not [task for task in left if "wait_for_server" in repr(task)]


async def _answers(client: ValkeyClient) -> bool:
    try:
        return bool(await client.ping())
    except GONE:
        return False


def _folder(data_dir: Path) -> Path:
    """A folder for an engine of a test's own: its socket needs a short path."""
    folder = data_dir / "g"
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder
