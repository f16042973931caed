"""A pool of connections to PostgreSQL; waiters are served in order.

The driver's own pool is many times as expensive for a request: see decision 0004.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
from msgspec import Struct
from prometheus_client import Counter

# Unused connections are closed after this time, or at most twice as long: each takes 3 to 8 MiB of
# PostgreSQL, and is opened again in a few milliseconds.
IDLE_S = 15
SETTLE_TIMEOUT_S = 10
CLOSE_TIMEOUT_S = 5

# Errors after which a connection cannot be used any more.
LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

# Of these, errors that mean that the server is unreachable or lacks something that it needs (disk,
# memory, connections), not that it refuses a statement.
GONE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # A connection that was lost between two steps of the driver.
    asyncpg.InternalClientError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
    # An error of its disk, which its log explains.
    asyncpg.exceptions.PostgresIOError,
)

_WAITS = Counter(
    "veza_database_waits_total", "Times that a connection of a pool was waited for.", ["pool"]
)
_WAIT_TIMEOUTS = Counter(
    "veza_database_wait_timeouts_total", "Waits that ended without a connection.", ["pool"]
)

type Raw = asyncpg.Connection[Any]
type Open = Callable[[], Awaitable[Raw]]
# The result for a waiter: a connection, or None for permission to open one.
type Waiter = asyncio.Future[Raw | None]


class PoolUse(Struct, frozen=True):
    """The connections of a pool that are in use and idle, and how many callers wait for one."""

    in_use: int
    idle: int
    waiting: int


class Pool:
    """Up to `max_size` connections, each opened when it is first needed."""

    def __init__(
        self, open_one: Open, *, max_size: int, patience_s: float, name: str = "veza"
    ) -> None:
        self.max_size = max_size
        self.name = name
        self._waits, self._timeouts = _WAITS.labels(name), _WAIT_TIMEOUTS.labels(name)
        self._open_one = open_one
        self._patience_s = patience_s
        # A stack: connections that are not needed stay at the bottom.
        self._idle: list[Raw] = []
        self._in_use: set[Raw] = set()
        # Open connections, and those that are being opened.
        self._size = 0
        self._waiters: deque[tuple[float, Waiter]] = deque()
        self._cleaning: set[asyncio.Task[None]] = set()
        # How many at the bottom were not used since the last check.
        self._unused = 0
        self._check: asyncio.TimerHandle | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._is_closed = False

    @property
    def use(self) -> PoolUse:
        """Return how many connections are in use and idle, and how many callers wait."""
        return PoolUse(self._size - len(self._idle), len(self._idle), len(self._waiters))

    def list_waits(self) -> list[float]:
        """Return how long each of the callers that wait has waited, in seconds; longest first."""
        if not self._waiters:
            return []
        began_before = asyncio.get_running_loop().time() + self._patience_s
        return [began_before - give_up_at for give_up_at, each in self._waiters if not each.done()]

    async def acquire(self) -> Raw:
        """Return a connection. Raises TimeoutError if none is free in time."""
        while self._idle:
            raw = self._idle.pop()
            self._unused = min(self._unused, len(self._idle))
            if not raw.is_closed():
                self._in_use.add(raw)
                return raw
            self._size -= 1
        self._ensure_open()
        give_up_at = asyncio.get_running_loop().time() + self._patience_s
        if self._size < self.max_size:
            self._size += 1
            return await self._open_in_slot(give_up_at)
        return await self._wait(give_up_at) or await self._open_in_slot(give_up_at)

    def release(self, raw: Raw, *, is_idle: bool) -> None:
        """Return a connection to the pool; one that is not idle is cleaned up first."""
        assert raw in self._in_use
        if is_idle and not raw.is_closed() and not raw.is_in_transaction():
            self._reuse(raw)
        elif raw.is_closed() or self._is_closed:
            self._drop(raw)
        else:
            task = asyncio.create_task(self._clean(raw))
            self._cleaning.add(task)
            task.add_done_callback(self._cleaning.discard)

    async def close(self) -> None:
        """Close all connections, including those in use."""
        self._is_closed = True
        for timer in (self._check, self._alarm):
            if timer is not None:
                timer.cancel()
        for _, waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(asyncpg.InterfaceError("The pool is closed."))
        self._waiters.clear()
        for raw in list(self._in_use):
            raw.terminate()
        closing = [raw.close(timeout=CLOSE_TIMEOUT_S) for raw in self._idle]
        self._idle.clear()
        await asyncio.gather(*closing, *self._cleaning, return_exceptions=True)

    def _ensure_open(self) -> None:
        if self._is_closed:
            raise asyncpg.InterfaceError("The pool is closed.")

    async def _open_in_slot(self, give_up_at: float) -> Raw:
        """Open a connection that is already counted in `_size`."""
        try:
            async with asyncio.timeout_at(give_up_at):
                raw = await self._open_one()
        except BaseException:
            self._pass_slot_on()
            raise
        self._in_use.add(raw)
        if self._is_closed:
            self._drop(raw)
        self._ensure_open()
        if self._check is None:
            self._check = asyncio.get_running_loop().call_later(IDLE_S, self._close_unused)
        return raw

    async def _wait(self, give_up_at: float) -> Raw | None:
        """Wait for a connection, or for None: permission to open one."""
        self._waits.inc()
        loop = asyncio.get_running_loop()
        waiter: Waiter = loop.create_future()
        self._waiters.append((give_up_at, waiter))
        if self._alarm is None:
            self._alarm = loop.call_at(give_up_at, self._expire_waiters)
        try:
            return await waiter
        except BaseException:
            waiter.cancel()
            # A connection that arrived at the moment of the timeout goes to the next waiter.
            if not waiter.cancelled() and waiter.exception() is None:
                self._pass_on(waiter.result())
            raise

    def _pass_on(self, given: Raw | None) -> None:
        if given is None:
            self._pass_slot_on()
        else:
            self.release(given, is_idle=True)

    def _expire_waiters(self) -> None:
        """Raise TimeoutError in waiters whose time is over: they are the first in the queue."""
        now = asyncio.get_running_loop().time()
        while self._waiters and (self._waiters[0][0] <= now or self._waiters[0][1].done()):
            _, waiter = self._waiters.popleft()
            if not waiter.done():
                self._timeouts.inc()
                waiter.set_exception(TimeoutError("No connection came free."))
        self._alarm = None
        if self._waiters:
            self._alarm = asyncio.get_running_loop().call_at(
                self._waiters[0][0], self._expire_waiters
            )

    def _reuse(self, raw: Raw) -> None:
        if self._wake_next(raw):
            return
        self._in_use.discard(raw)
        self._idle.append(raw)

    def _wake_next(self, given: Raw | None) -> bool:
        while self._waiters:
            _, waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(given)
                return True
        return False

    def _drop(self, raw: Raw) -> None:
        self._in_use.discard(raw)
        raw.terminate()
        self._pass_slot_on()

    def _pass_slot_on(self) -> None:
        if not self._wake_next(None):
            self._size -= 1

    async def _clean(self, raw: Raw) -> None:
        """Roll back after an interrupted statement; close the connection if that takes too long."""
        is_clean = False
        try:
            with suppress(*LOST):
                async with asyncio.timeout(SETTLE_TIMEOUT_S):
                    await _roll_back(raw)
                is_clean = True
        finally:
            if is_clean:
                self._reuse(raw)
            else:
                self._drop(raw)

    def _close_unused(self) -> None:
        """Close connections that were not used since the last check."""
        unused = self._idle[: self._unused]
        self._idle = self._idle[self._unused :]
        for raw in unused:
            raw.terminate()
        self._size -= len(unused)
        self._unused = len(self._idle)
        self._check = asyncio.get_running_loop().call_later(IDLE_S, self._close_unused)


async def answer_within[T](raw: Raw, statement: Awaitable[T], timeout_s: float) -> T:
    """Return the answer to a statement; close the connection without one, which raises an error.

    The timeout is longer than the server's own, so it is only reached if the server is frozen or
    unreachable: nothing that is sent over the connection would help then. A timer that closes the
    connection costs a fraction of `asyncio.timeout`, for each statement.
    """
    alarm = asyncio.get_running_loop().call_later(timeout_s, raw.terminate)
    try:
        return await statement
    finally:
        alarm.cancel()


async def _roll_back(raw: Raw) -> None:
    # The driver waits for a cancelled statement to end before it sends anything else. If that was
    # a `begin`, it only knows of the transaction after this.
    if not raw.is_in_transaction():
        await raw.execute("select")
    if raw.is_in_transaction():
        await raw.execute("rollback")
