"""A bounded queue in memory whose entries are written in batches by a task."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import islice

import structlog
from prometheus_client import Counter

from veza.core.errors import Unavailable
from veza.infra.processes.tasks import wait_for

log = structlog.get_logger()

INTERVAL_S = 0.5
SIZE = 500
MAX_WAITING = 20_000
MAX_TRIES = 3
GRACE_S = 3.0

_LOST = Counter("veza_batches_lost_total", "Entries that could not be written.", ["name"])


class BatchWriter[T]:
    """Calls `write` with at most `SIZE` entries at once, in order.

    `put` never waits. While `write` raises Unavailable, up to `MAX_WAITING` entries are kept, and
    further ones are dropped, counted and logged. An entry may be written twice.
    """

    def __init__(self, name: str, write: Callable[[list[T]], Awaitable[None]]) -> None:
        self._name = name
        self._write = write
        self._waiting: deque[T] = deque()
        self._failures = 0
        self._lost = 0
        self._flushing = asyncio.Lock()
        self._stop = asyncio.Event()

    def put(self, entry: T) -> None:
        """Add an entry, which is written within half a second."""
        if len(self._waiting) >= MAX_WAITING:
            self._lose(1)
        else:
            self._waiting.append(entry)

    async def flush(self) -> None:
        """Write all entries. Raises Unavailable as `write` does."""
        async with self._flushing:
            while self._waiting:
                await self._flush_batch(list(islice(self._waiting, SIZE)))
        if self._lost:
            log.error("batches_lost", name=self._name, entries=self._lost)
            self._lost = 0

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Write every half second while inside, and the rest at the end."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._stop.set()
            # Don't delay the exit of the process much longer.
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_S):
                    await task

    async def _run(self) -> None:
        is_over = False
        while not is_over:
            await wait_for(self._stop, INTERVAL_S)
            is_over = self._stop.is_set()
            try:
                await self.flush()
            except Unavailable as error:
                log.warning("batches_wait", name=self._name, error=str(error))

    async def _flush_batch(self, batch: list[T]) -> None:
        try:
            await self._write(batch)
        except Unavailable:
            raise
        except Exception:
            # An entry that can't be written must not block the others forever.
            log.exception("batch_unwritten", name=self._name, tries=self._failures + 1)
            self._failures += 1
            if self._failures < MAX_TRIES:
                return
            self._lose(len(batch))
        self._failures = 0
        for _ in batch:
            self._waiting.popleft()

    def _lose(self, entries: int) -> None:
        _LOST.labels(self._name).inc(entries)
        self._lost += entries
