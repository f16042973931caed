"""What may wait a moment is written soon, together, in order; and memory has a bound."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.infra.waiting import until
from veza.core.errors import Unavailable
from veza.infra.jobs import batches as module
from veza.infra.jobs.batches import SIZE, BatchWriter


class Paper:
    """Is written on, unless it is told to refuse."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.refuses: list[Exception] = []

    @property
    def written(self) -> list[int]:
        return [entry for batch in self.batches for entry in batch]

    async def write(self, batch: list[int]) -> None:
        if self.refuses:
            raise self.refuses.pop(0)
        await asyncio.sleep(0)
        self.batches.append(batch)


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def queue(paper: Paper) -> BatchWriter[int]:
    return BatchWriter("test", paper.write)


async def test_entries_are_written_in_order_and_in_batches(
    queue: BatchWriter[int], paper: Paper
) -> None:
    for number in range(SIZE + 1):
        queue.put(number)
    await queue.flush()

    assert [len(batch) for batch in paper.batches] == [SIZE, 1]
    assert paper.written == list(range(SIZE + 1))


async def test_two_flushes_at_once_write_each_entry_once(
    queue: BatchWriter[int], paper: Paper
) -> None:
    for number in range(3 * SIZE):
        queue.put(number)
    await asyncio.gather(*(queue.flush() for _ in range(5)))

    assert paper.written == list(range(3 * SIZE))


async def test_nothing_is_written_where_nothing_waits(
    queue: BatchWriter[int], paper: Paper
) -> None:
    await queue.flush()
    queue.put(1)
    await queue.flush()
    await queue.flush()

    assert paper.batches == [[1]]


async def test_entries_are_written_soon_by_themselves(
    queue: BatchWriter[int], paper: Paper
) -> None:
    async with queue.running():
        queue.put(1)
        await until(lambda: paper.written == [1])
        queue.put(2)
        await until(lambda: paper.written == [1, 2])


async def test_what_is_left_at_the_end_is_written(queue: BatchWriter[int], paper: Paper) -> None:
    async with queue.running():
        queue.put(1)

    assert paper.written == [1]


@pytest.mark.long
async def test_while_the_machine_is_gone_entries_wait(
    queue: BatchWriter[int], paper: Paper
) -> None:
    paper.refuses = [Unavailable(), Unavailable()]
    with capture_logs() as logs:
        async with queue.running():
            queue.put(1)
            await until(lambda: paper.written == [1])

    assert [line["event"] for line in logs] == ["batches_wait", "batches_wait"]


async def test_an_end_without_the_machine_comes_all_the_same(
    queue: BatchWriter[int], paper: Paper
) -> None:
    paper.refuses = [Unavailable()] * 5
    with capture_logs():
        async with queue.running():
            queue.put(1)

    assert paper.written == []


async def test_an_end_waits_for_no_machine_that_hangs(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.05)
    began = asyncio.Event()

    async def hang(_: list[int]) -> None:
        began.set()
        await asyncio.Event().wait()

    queue = BatchWriter("test", hang)
    async with asyncio.timeout(30), queue.running():
        queue.put(1)
        await began.wait()


async def test_what_can_not_be_written_does_not_keep_the_others_waiting(
    queue: BatchWriter[int], paper: Paper
) -> None:
    paper.refuses = [ValueError("illegible")] * module.MAX_TRIES
    for number in range(SIZE + 1):
        queue.put(number)

    with capture_logs() as logs:
        await queue.flush()

    assert paper.written == [SIZE]
    assert logs[-1] == {"event": "batches_lost", "name": "test", "entries": SIZE} | {
        "log_level": "error"
    }


async def test_a_failure_that_passes_loses_nothing(queue: BatchWriter[int], paper: Paper) -> None:
    for number in range(3):
        paper.refuses = [ValueError("illegible")] * (module.MAX_TRIES - 1)
        queue.put(number)
        with capture_logs():
            await queue.flush()

    assert paper.written == [0, 1, 2]


async def test_more_than_there_is_room_for_is_lost_and_told(
    queue: BatchWriter[int], paper: Paper, monkeypatch: Any
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    for number in range(5):
        queue.put(number)

    with capture_logs() as logs:
        await queue.flush()
        await queue.flush()

    assert paper.written == [0, 1, 2]
    assert [line["entries"] for line in logs] == [2]
