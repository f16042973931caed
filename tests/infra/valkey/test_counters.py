"""Counting in windows, over all processes, and in each alone while Valkey is gone."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from valkey.asyncio import Valkey

from veza.app.services import Services
from veza.core.ids import new_id
from veza.infra.valkey import client as valkey
from veza.infra.valkey.client import ValkeyClient, WindowCounters


@pytest.fixture
async def gone() -> AsyncIterator[Valkey]:
    async with valkey.connect("unix:///nowhere/valkey.sock") as client:
        yield client


@pytest.fixture(params=["with Valkey", "without Valkey"])
def counters(request: pytest.FixtureRequest, services: Services, gone: Valkey) -> WindowCounters:
    return WindowCounters(services.valkey if request.param == "with Valkey" else gone)


@pytest.fixture
def key() -> str:
    return f"test:{new_id()}"


async def test_uses_are_counted_in_a_window_that_ends(counters: WindowCounters, key: str) -> None:
    counts = [await counters.add(key, 60) for _ in range(3)]

    assert [c.count for c in counts] == [1, 2, 3]
    for count in counts:
        assert 50 < count.ends_in_s <= 60
    assert counts[2].ends_in_s <= counts[0].ends_in_s, "A later use doesn't make it longer."


async def test_each_key_has_a_window_of_its_own(counters: WindowCounters, key: str) -> None:
    await counters.add(key, 60)

    assert (await counters.add(f"{key}:other", 60)).count == 1


async def test_looking_counts_nothing(counters: WindowCounters, key: str) -> None:
    assert await counters.get(key) == valkey.WindowCount(0, 0.0)
    await counters.add(key, 60)
    looks = [await counters.get(key) for _ in range(3)]

    assert {look.count for look in looks} == {1}
    assert all(50 < look.ends_in_s <= 60 for look in looks)


async def test_a_use_is_taken_back(counters: WindowCounters, key: str) -> None:
    for _ in range(3):
        await counters.add(key, 60)
    await counters.take_back(key)

    assert (await counters.get(key)).count == 2
    assert (await counters.add(key, 60)).count == 3


async def test_taking_back_more_than_there_was_leaves_nothing(
    counters: WindowCounters, key: str
) -> None:
    await counters.add(key, 60)
    for _ in range(5):
        await counters.take_back(key)

    assert (await counters.get(key)).count == 0
    assert (await counters.add(key, 60)).count == 1


async def test_a_count_is_forgotten(counters: WindowCounters, key: str) -> None:
    for _ in range(3):
        await counters.add(key, 60)
    await counters.clear(key)
    await counters.clear(key)

    assert (await counters.get(key)).count == 0
    assert (await counters.add(key, 60)).count == 1


async def test_uses_at_once_are_all_counted(counters: WindowCounters, key: str) -> None:
    counts = await asyncio.gather(*(counters.add(key, 60) for _ in range(100)))

    assert sorted(c.count for c in counts) == list(range(1, 101))


async def test_with_valkey_all_processes_count_together(services: Services, key: str) -> None:
    async with valkey.connect(services.addresses.valkey) as other:
        for n in range(3):
            assert (await WindowCounters(services.valkey).add(key, 60)).count == 2 * n + 1
            assert (await WindowCounters(other).add(key, 60)).count == 2 * n + 2


async def test_with_valkey_a_window_ends_by_itself(services: Services, key: str) -> None:
    counters = WindowCounters(services.valkey)
    await counters.add(key, 60)
    await services.valkey.pexpire(valkey.counter_key(key), 1)
    await asyncio.sleep(0.05)

    count = await counters.add(key, 60)
    assert count.count == 1
    assert count.ends_in_s > 50


async def test_no_key_stays_for_ever(services: Services, key: str) -> None:
    counters = WindowCounters(services.valkey)
    await counters.add(key, 60)
    await counters.take_back(key)
    await counters.take_back(key)
    await counters.add(f"{key}:kept", 60)
    await counters.add(f"{key}:kept", 60)
    await counters.take_back(f"{key}:kept")

    assert await services.valkey.exists(valkey.counter_key(key)) == 0
    assert 0 < await services.valkey.pttl(valkey.counter_key(f"{key}:kept")) <= 60_000


async def test_without_valkey_a_window_ends_by_itself(gone: Valkey, key: str, monkeypatch) -> None:
    counters = WindowCounters(gone)
    moment = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    for _ in range(5):
        await counters.add(key, 60)
    moment += 59
    assert (await counters.add(key, 60)).count == 6
    moment += 2

    assert await counters.get(key) == valkey.WindowCount(0, 0.0)
    assert (await counters.add(key, 60)).count == 1


async def test_of_many_counts_a_process_remembers_the_latest(
    counters: WindowCounters, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey, "_MAX_REMEMBERED", 100)
    await counters.add(f"{key}:first", 60)
    for n in range(500):
        await counters.add(f"{key}:{n}", 60)
        await counters.add(f"{key}:busy", 60)

    assert len(counters._local) <= 100
    assert f"{key}:first" not in counters._local
    busy = counters._local[f"{key}:busy"]
    assert busy.received + busy.unsent == 500


class Late(ValkeyClient):
    """Gives every third call up, after the server was asked or before."""

    calls = 0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        self.calls += 1
        number = self.calls
        if number % 3 != 0 or number % 2:
            answer = await super().execute_command(*args, **options)
        else:
            answer = await asyncio.sleep(0.001 * (number % 7))
        if number % 3 == 0:
            raise TimeoutError
        return answer


@pytest.mark.parametrize("at_once", [1, 100])
async def test_answers_that_come_too_late_let_nobody_do_more(
    services: Services, key: str, at_once: int
) -> None:
    async with valkey.connect(services.addresses.valkey) as client:
        counters = WindowCounters(Late(connection_pool=client.connection_pool))
        counts: list[int] = []
        for _ in range(100 // at_once):
            made = await asyncio.gather(*(counters.add(key, 60) for _ in range(at_once)))
            counts += [count.count for count in made]

    assert len(counts) == 100
    # What was counted and not heard of is counted twice: fewer may come, never more.
    assert 5 <= len([count for count in counts if count <= 10]) <= 10


async def test_a_count_goes_on_when_valkey_comes_back(services: Services, key: str) -> None:
    counters = WindowCounters(services.valkey)
    await counters.add(key, 60)
    # All connections of the pool die, as in a restart.
    await services.valkey.connection_pool.disconnect(inuse_connections=False)

    assert (await counters.add(key, 60)).count == 2
