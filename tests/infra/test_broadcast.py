"""Signals between processes: they hasten, and nothing depends on them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from valkey.asyncio import Valkey

from tests.infra.waiting import until
from veza.app.services import Services
from veza.infra import valkey
from veza.infra.broadcast import Broadcast
from veza.infra.embedded_valkey import start_valkey, valkey_url

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
        await broadcasts[0].say(frozenset({"weather"}))
        await until(lambda: all(ear.times == 2 for ear in weather))
        await broadcasts[1].say(frozenset({"weather", "tides", "unknown"}))
        await until(lambda: all(ear.times == 3 for ear in weather))
        await until(lambda: all(ear.times == 2 for ear in tides))


async def test_all_who_listen_to_a_topic_hear_it(clients: tuple[Valkey, Valkey]) -> None:
    broadcast = Broadcast(clients[0])
    ears = [Ear(broadcast, "weather") for _ in range(3)]
    async with broadcast.running():
        await until(lambda: all(ear.times == 1 for ear in ears))
        await broadcast.say(frozenset({"weather"}))
        await until(lambda: all(ear.times == 2 for ear in ears))


async def test_whoever_begins_to_listen_looks_once_for_what_they_missed(
    clients: tuple[Valkey, Valkey],
) -> None:
    await Broadcast(clients[0]).say(frozenset({"weather"}))
    late = Broadcast(clients[1])
    ear = Ear(late, "weather")
    async with late.running():
        await until(lambda: ear.times == 1)


async def test_without_valkey_this_process_hears_itself_at_least() -> None:
    async with valkey.connect("unix:///nowhere/valkey.sock") as gone:
        broadcast = Broadcast(gone)
        ear = Ear(broadcast, "weather")
        async with broadcast.running():
            await broadcast.say(frozenset({"weather"}))
            assert ear.times == 1


async def test_after_a_restart_of_valkey_all_hear_again(short_folder: Path) -> None:
    engine = await start_valkey(short_folder, password=PASSWORD)
    async with valkey.connect(valkey_url(short_folder, PASSWORD)) as client:
        broadcast = Broadcast(client)
        ear = Ear(broadcast, "weather")
        async with broadcast.running():
            await until(lambda: ear.times == 1)
            await engine.stop()
            await broadcast.say(frozenset({"weather"}))
            assert ear.times == 2, "By itself alone."

            engine = await start_valkey(short_folder, password=PASSWORD)
            try:
                # Listening again makes up for what was missed.
                await until(lambda: ear.times == 3)
                await broadcast.say(frozenset({"weather"}))
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
    here.listen_below("weather", heard_here.append)
    there.listen_below("weather", heard_there.append)
    async with here.running(), there.running():
        await until(lambda: all(ear.times == 1 for ear in ears))
        await here.say(frozenset({"weather:tomorrow", "tides:tomorrow"}))
        await until(lambda: heard_there == ["tomorrow"])
        await there.say(frozenset({"weather:today"}))
        await until(lambda: heard_here == ["tomorrow", "today"])

    assert heard_there == ["tomorrow", "today"], "Nobody hears themselves twice."
