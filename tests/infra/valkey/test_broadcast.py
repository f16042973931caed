"""Signals between processes: they hasten, and nothing depends on them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from valkey.asyncio import Valkey

from tests.infra.waiting import until
from veza.app.services import Services
from veza.infra.processes.embedded_valkey import start_valkey, valkey_url
from veza.infra.valkey import client as valkey
from veza.infra.valkey.broadcast import Broadcast

PASSWORD = "of the broadcast's own Valkey"


class Ear:
    """Counts how often a topic was heard."""

    def __init__(self, broadcast: Broadcast, topic: str) -> None:
        self.times = 0
        broadcast.listen(topic, self)

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
async def clients(services: Services) -> AsyncIterator[tuple[Valkey, Valkey]]:
    async with (
        valkey.connect(services.addresses.valkey) as one,
        valkey.connect(services.addresses.valkey) as other,
    ):
        yield one, other


async def test_what_one_process_says_every_process_hears(clients: tuple[Valkey, Valkey]) -> None:
    broadcasts = [Broadcast(client) for client in clients]
    weather = [Ear(broadcast, "weather") for broadcast in broadcasts]
    tides = [Ear(broadcast, "tides") for broadcast in broadcasts]
    async with broadcasts[0].running(), broadcasts[1].running():
        await until(lambda: all(ear.times == 1 for ear in weather + tides))
        await broadcasts[0].signal(frozenset({"weather"}))
        await until(lambda: all(ear.times == 2 for ear in weather))
        await broadcasts[1].signal(frozenset({"weather", "tides", "unknown"}))
        await until(lambda: all(ear.times == 3 for ear in weather))
        await until(lambda: all(ear.times == 2 for ear in tides))


async def test_all_who_listen_to_a_topic_hear_it(clients: tuple[Valkey, Valkey]) -> None:
    broadcast = Broadcast(clients[0])
    ears = [Ear(broadcast, "weather") for _ in range(3)]
    async with broadcast.running():
        await until(lambda: all(ear.times == 1 for ear in ears))
        await broadcast.signal(frozenset({"weather"}))
        await until(lambda: all(ear.times == 2 for ear in ears))


async def test_whoever_begins_to_listen_looks_once_for_what_they_missed(
    clients: tuple[Valkey, Valkey],
) -> None:
    await Broadcast(clients[0]).signal(frozenset({"weather"}))
    late = Broadcast(clients[1])
    ear = Ear(late, "weather")
    async with late.running():
        await until(lambda: ear.times == 1)


async def test_without_valkey_this_process_hears_itself_at_least() -> None:
    async with valkey.connect("unix:///nowhere/valkey.sock") as gone:
        broadcast = Broadcast(gone)
        ear = Ear(broadcast, "weather")
        async with broadcast.running():
            await broadcast.signal(frozenset({"weather"}))
            assert ear.times == 1


async def test_after_a_restart_of_valkey_all_hear_again(short_folder: Path) -> None:
    engine = await start_valkey(short_folder, password=PASSWORD)
    async with valkey.connect(valkey_url(short_folder, PASSWORD)) as client:
        broadcast = Broadcast(client)
        ear = Ear(broadcast, "weather")
        async with broadcast.running():
            await until(lambda: ear.times == 1)
            await engine.stop()
            await broadcast.signal(frozenset({"weather"}))
            assert ear.times == 2, "By itself alone."

            engine = await start_valkey(short_folder, password=PASSWORD)
            try:
                # Listening again makes up for what was missed.
                await until(lambda: ear.times == 3)
                await broadcast.signal(frozenset({"weather"}))
                await until(lambda: ear.times == 4)
            finally:
                await engine.stop()


@pytest.fixture
def short_folder(data_dir: Path) -> Path:
    """A folder for an engine of this test's own: its socket needs a short path."""
    folder = data_dir / "b"
    folder.mkdir(mode=0o755)
    return folder


async def test_what_a_topic_is_about_is_heard_with_it(clients: tuple[Valkey, Valkey]) -> None:
    here, there = Broadcast(clients[0]), Broadcast(clients[1])
    heard_here: list[str] = []
    heard_there: list[str] = []
    ears = [Ear(broadcast, "begun") for broadcast in (here, there)]
    here.listen_subjects("weather", heard_here.append)
    there.listen_subjects("weather", heard_there.append)
    async with here.running(), there.running():
        await until(lambda: all(ear.times == 1 for ear in ears))
        await here.signal(frozenset({"weather:tomorrow", "tides:tomorrow"}))
        await until(lambda: heard_there == ["tomorrow"])
        await there.signal(frozenset({"weather:today"}))
        await until(lambda: heard_here == ["tomorrow", "today"])

    assert heard_there == ["tomorrow", "today"], "Nobody hears themselves twice."


async def test_a_subscription_that_was_killed_is_back_at_once(
    clients: tuple[Valkey, Valkey], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only the first pause, which is none, ends within this test.
    monkeypatch.setattr("veza.infra.valkey.broadcast._FIRST_PAUSE_S", 3600.0)
    monkeypatch.setattr("veza.infra.valkey.broadcast._MAX_PAUSE_S", 3600.0)
    here, there = Broadcast(clients[0]), Broadcast(clients[1])
    ear = Ear(here, "weather")
    heard: list[str] = []
    here.listen_subjects("tides", heard.append)
    async with here.running():
        await until(lambda: ear.times == 1)
        for turn in range(1, 4):
            with capture_logs() as logs:
                await clients[1].execute_command("CLIENT", "KILL", "TYPE", "pubsub")
                # Looks for what it missed.
                await until(lambda turn=turn: ear.times >= 1 + turn)
            events = [entry["event"] for entry in logs]
            assert events.index("valkey_gone") < events.index("subscription_back")
            await there.signal(frozenset({f"tides:{turn}"}))
            await until(lambda turn=turn: heard == [str(n) for n in range(1, turn + 1)])


@pytest.mark.long
async def test_a_subscription_that_went_silent_is_replaced(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("veza.infra.valkey.broadcast._PROBE_S", 0.5)
    is_silent = False
    connections: list[int] = []
    probes: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak as Valkey does, until it falls silent."""
        connections.append(1)
        while line := await reader.readline():
            words = [await _read_word(reader) for _ in range(int(line[1:]))]
            if is_silent and len(connections) == 1:
                continue
            if words[0].upper() == b"SUBSCRIBE":
                writer.write(b"*3\r\n$9\r\nsubscribe\r\n$12\r\nveza:signals\r\n:1\r\n")
            elif words[0].upper() == b"PING":
                probes.append(1)
                writer.write(b"*2\r\n$4\r\npong\r\n$0\r\n\r\n")
            else:
                writer.write(b"+OK\r\n")
        writer.close()

    path = data_dir / "silent.sock"
    server = await asyncio.start_unix_server(answer, path)
    async with valkey.connect(f"unix://{path}") as client:
        broadcast = Broadcast(client)
        ear = Ear(broadcast, "weather")
        async with broadcast.running():
            await until(lambda: ear.times == 1)
            await until(lambda: len(probes) >= 2)
            assert len(connections) == 1, "One that answers is kept."
            is_silent = True
            await until(lambda: ear.times == 2)
            assert len(connections) == 2
    server.close()


async def _read_word(reader: asyncio.StreamReader) -> bytes:
    length = int((await reader.readline())[1:])
    return (await reader.readexactly(length + 2))[:-2]


async def test_signals_that_come_close_together_share_a_message(
    clients: tuple[Valkey, Valkey], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    publish = clients[0].publish

    async def note(channel: str, text: str) -> None:
        sent.append(text)
        await publish(channel, text)

    monkeypatch.setattr(clients[0], "publish", note)
    speaker, listener = Broadcast(clients[0]), Broadcast(clients[1])
    ears = [Ear(listener, f"tide{n}") for n in range(100)]
    async with listener.running():
        await until(lambda: all(ear.times == 1 for ear in ears))
        await asyncio.gather(*(speaker.signal(frozenset({f"tide{n}"})) for n in range(100)))
        await until(lambda: all(ear.times == 2 for ear in ears))

    assert len(sent) == 2


async def test_a_patient_topic_waits_for_the_next_urgent_one(
    clients: tuple[Valkey, Valkey], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("veza.infra.valkey.broadcast._PAUSE_S", 0.001)
    monkeypatch.setattr("veza.infra.valkey.broadcast._PATIENCE_S", 3600.0)
    speaker, listener = Broadcast(clients[0]), Broadcast(clients[1])
    speaker.let_wait("tides")
    tides, weather = Ear(listener, "tides"), Ear(listener, "weather")
    async with listener.running():
        await until(lambda: tides.times == weather.times == 1)
        # The second comes in the pause after the first, so that it waits for an hour.
        await asyncio.gather(*(speaker.signal(frozenset({"tides"})) for _ in range(2)))
        await until(lambda: tides.times == 2)
        await asyncio.sleep(0.05)
        assert tides.times == 2
        await speaker.signal(frozenset({"weather"}))
        await until(lambda: weather.times == 2)
        assert tides.times == 3


async def test_a_patient_topic_waits_for_no_more_than_its_patience(
    clients: tuple[Valkey, Valkey],
) -> None:
    speaker, listener = Broadcast(clients[0]), Broadcast(clients[1])
    speaker.let_wait("tides")
    tides = Ear(listener, "tides")
    async with listener.running():
        await until(lambda: tides.times == 1)
        await asyncio.gather(*(speaker.signal(frozenset({"tides"})) for _ in range(3)))
        await until(lambda: tides.times == 3)
