"""Merged reads: who shares a read, what they see, and what becomes of errors and of who leaves."""

import asyncio
from collections.abc import Sequence

import pytest

from veza.infra.concurrency.merged_reads import MAX_KEYS, MergedReads


class Source:
    """A value that changes, and reads of it that end when they are allowed to."""

    def __init__(self) -> None:
        self.value = 0
        self.reads: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def read(self, keys: Sequence[str]) -> dict[str, int]:
        self.reads.append(list(keys))
        value = self.value
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return {key: value for key in keys if key != "missing"}


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_asks_while_a_read_runs_waits_for_the_next() -> None:
    reads, source = MergedReads(), Source()
    source.gate.clear()
    first = asyncio.create_task(reads.get("lane", "a", source.read))
    await _turns()
    source.value = 1
    late = [asyncio.create_task(reads.get("lane", "a", source.read)) for _ in range(10)]
    await _turns()

    source.gate.set()

    assert await first == 0
    # They asked after the change, so all see it.
    assert await asyncio.gather(*late) == [1] * 10
    assert len(source.reads) == 2
    assert len(reads) == 0


async def test_keys_of_one_turn_are_read_together() -> None:
    reads, source = MergedReads(), Source()

    found = await asyncio.gather(*(reads.get("lane", key, source.read) for key in "abca"))

    assert found == [0, 0, 0, 0]
    assert source.reads == [["a", "b", "c"]]


async def test_a_missing_key_is_none() -> None:
    assert await MergedReads().get("lane", "missing", Source().read) is None


async def test_a_read_has_a_bounded_number_of_keys() -> None:
    reads, source = MergedReads(), Source()

    keys = [str(number) for number in range(2 * MAX_KEYS + 1)]
    await asyncio.gather(*(reads.get("lane", key, source.read) for key in keys))

    assert [len(read) for read in source.reads] == [MAX_KEYS, MAX_KEYS, 1]


async def test_lanes_do_not_wait_for_each_other() -> None:
    reads, slow, quick = MergedReads(), Source(), Source()
    slow.gate.clear()
    waiting = asyncio.create_task(reads.get("slow", "a", slow.read))
    await _turns()

    assert await reads.get("quick", "a", quick.read) == 0

    slow.gate.set()
    assert await waiting == 0


async def test_beyond_the_most_lanes_each_reads_alone() -> None:
    reads, slow, source = MergedReads(max_lanes=1), Source(), Source()
    slow.gate.clear()
    waiting = asyncio.create_task(reads.get("slow", "a", slow.read))
    await _turns()

    assert await asyncio.gather(*(reads.get("b", "b", source.read) for _ in range(3))) == [0] * 3
    assert len(source.reads) == 3
    assert len(reads) == 1

    slow.gate.set()
    assert await waiting == 0


async def test_an_error_reaches_all_who_wait_and_the_next_read_is_good() -> None:
    reads, source = MergedReads(), Source()
    source.error = ValueError("broken")

    found = await asyncio.gather(
        *(reads.get("lane", "a", source.read) for _ in range(3)), return_exceptions=True
    )

    assert found == [source.error] * 3
    source.error = None
    assert await reads.get("lane", "a", source.read) == 0
    assert len(reads) == 0


async def test_who_leaves_cancels_the_read_of_nobody_else() -> None:
    reads, source = MergedReads(), Source()
    source.gate.clear()
    leaving = asyncio.create_task(reads.get("lane", "a", source.read))
    staying = asyncio.create_task(reads.get("lane", "a", source.read))
    await _turns()

    leaving.cancel()
    await _turns()
    source.gate.set()

    assert await staying == 0
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert len(source.reads) == 1


async def test_nothing_is_read_for_those_who_left() -> None:
    reads, source = MergedReads(), Source()
    source.gate.clear()
    first = asyncio.create_task(reads.get("lane", "a", source.read))
    await _turns()
    leaving = asyncio.create_task(reads.get("lane", "a", source.read))
    await _turns()

    leaving.cancel()
    await _turns()
    source.gate.set()

    assert await first == 0
    await _turns()
    assert len(source.reads) == 1
    assert len(reads) == 0


async def test_a_read_ends_when_all_have_left_and_who_comes_then_is_answered() -> None:
    reads, source = MergedReads(), Source()
    source.gate.clear()
    leaving = [asyncio.create_task(reads.get("lane", "a", source.read)) for _ in range(3)]
    await _turns()
    leaving.append(asyncio.create_task(reads.get("lane", "b", source.read)))
    await _turns()
    [running] = reads._serving

    for task in leaving[:-1]:
        task.cancel()
    await _turns()
    # One waits for the next read.
    assert not running.done()

    leaving[-1].cancel()
    await asyncio.sleep(0)
    staying = asyncio.create_task(reads.get("lane", "a", source.read))
    await _turns()
    assert running.cancelled()
    source.gate.set()

    assert await staying == 0
    assert source.reads == [["a"], ["a"]]
    assert len(reads) == 0


async def test_who_leaves_before_the_read_begins_leaves_nothing() -> None:
    reads, source = MergedReads(), Source()
    leaving = asyncio.create_task(reads.get("lane", "a", source.read))
    await asyncio.sleep(0)

    leaving.cancel()
    await _turns()

    assert (source.reads, len(reads), reads._serving) == ([], 0, set())


async def test_each_round_reads_as_its_latest_caller_does() -> None:
    reads, first, second = MergedReads(), Source(), Source()
    first.gate.clear()
    before = asyncio.create_task(reads.get("lane", "a", first.read))
    await _turns()
    second.value = 7
    after = asyncio.create_task(reads.get("lane", "a", second.read))
    await _turns()

    first.gate.set()

    assert (await before, await after) == (0, 7)
    assert (len(first.reads), len(second.reads)) == (1, 1)


async def test_where_the_process_ends_those_who_wait_are_cancelled() -> None:
    reads, source = MergedReads(), Source()
    source.gate.clear()
    waiting = asyncio.create_task(reads.get("lane", "a", source.read))
    await _turns()

    for task in reads._serving:
        task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(reads) == 0
