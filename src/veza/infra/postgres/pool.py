"""Lends connections to PostgreSQL: at once where one lies idle, else in the order of asking.

The driver's own pool costs a request many times as much: see decision 0023.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg

# What lies idle all the while between two looks, or twice as long at most, is closed.
IDLE_S = 300
SETTLE_TIMEOUT_S = 10
CLOSE_TIMEOUT_S = 5

# What the driver says of a connection that can't be used any more.
LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

# Of these, what says that the server or the way to it is gone, and not that it refuses a statement.
GONE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What the driver says of a connection that dies between two of its steps.
    asyncpg.InternalClientError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.TooManyConnectionsError,
)

type Raw = asyncpg.Connection[Any]
type Open = Callable[[], Awaitable[Raw]]
# What somebody in line is given: a connection, or None for the place to open one.
type Turn = asyncio.Future[Raw | None]


class Pool:
    """Up to `max_size` connections, each opened when it is first needed."""

    def __init__(self, open_one: Open, *, max_size: int, patience_s: float) -> None:
        self.max_size = max_size
        self._open_one = open_one
        self._patience_s = patience_s
        # Those at rest, the last one on top, so that what is not needed stays at the bottom.
        self._idle: list[Raw] = []
        self._lent: set[Raw] = set()
        # All there are, and those that are being opened.
        self._size = 0
        self._line: deque[tuple[float, Turn]] = deque()
        self._settling: set[asyncio.Task[None]] = set()
        # How many at the bottom nobody took since the last look.
        self._unneeded = 0
        self._look: asyncio.TimerHandle | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def take(self) -> Raw:
        """Lend a connection. Raises TimeoutError where none comes free, and what opening raises."""
        while self._idle:
            raw = self._idle.pop()
            self._unneeded = min(self._unneeded, len(self._idle))
            if not raw.is_closed():
                self._lent.add(raw)
                return raw
            self._size -= 1
        self._ensure_open()
        give_up_at = asyncio.get_running_loop().time() + self._patience_s
        if self._size < self.max_size:
            self._size += 1
            return await self._fill_place(give_up_at)
        return await self._wait_in_line(give_up_at) or await self._fill_place(give_up_at)

    def give_back(self, raw: Raw, *, is_at_rest: bool) -> None:
        """Take a connection back and lend it on; one that isn't at rest is brought there first."""
        assert raw in self._lent
        if is_at_rest and not raw.is_closed() and not raw.is_in_transaction():
            self._lend_on(raw)
        elif raw.is_closed() or self._is_closed:
            self._drop(raw)
        else:
            task = asyncio.create_task(self._settle(raw))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)

    async def close(self) -> None:
        """Close all connections; those that are lent too, whatever they do."""
        self._is_closed = True
        for timer in (self._look, self._alarm):
            if timer is not None:
                timer.cancel()
        for _, turn in self._line:
            if not turn.done():
                turn.set_exception(asyncpg.InterfaceError("The pool is closed."))
        self._line.clear()
        for raw in list(self._lent):
            raw.terminate()
        closing = [raw.close(timeout=CLOSE_TIMEOUT_S) for raw in self._idle]
        self._idle.clear()
        await asyncio.gather(*closing, *self._settling, return_exceptions=True)

    def _ensure_open(self) -> None:
        if self._is_closed:
            raise asyncpg.InterfaceError("The pool is closed.")

    async def _fill_place(self, give_up_at: float) -> Raw:
        """Open a connection in a place that is counted already."""
        try:
            async with asyncio.timeout_at(give_up_at):
                raw = await self._open_one()
        except BaseException:
            self._pass_place_on()
            raise
        self._lent.add(raw)
        if self._is_closed:
            self._drop(raw)
        self._ensure_open()
        if self._look is None:
            self._look = asyncio.get_running_loop().call_later(IDLE_S, self._look_for_unneeded)
        return raw

    async def _wait_in_line(self, give_up_at: float) -> Raw | None:
        """Wait for one's turn: the connection, or None for a place to open one."""
        loop = asyncio.get_running_loop()
        turn: Turn = loop.create_future()
        self._line.append((give_up_at, turn))
        if self._alarm is None:
            self._alarm = loop.call_at(give_up_at, self._turn_away)
        try:
            return await turn
        except BaseException:
            turn.cancel()
            # What was given in the very moment of giving up goes to the next.
            if not turn.cancelled() and turn.exception() is None:
                self._renounce(turn.result())
            raise

    def _renounce(self, given: Raw | None) -> None:
        if given is None:
            self._pass_place_on()
        else:
            self.give_back(given, is_at_rest=True)

    def _turn_away(self) -> None:
        """Disappoint those who waited long enough: all are as patient, so they stand in front."""
        now = asyncio.get_running_loop().time()
        while self._line and (self._line[0][0] <= now or self._line[0][1].done()):
            _, turn = self._line.popleft()
            if not turn.done():
                turn.set_exception(TimeoutError("No connection came free."))
        self._alarm = None
        if self._line:
            self._alarm = asyncio.get_running_loop().call_at(self._line[0][0], self._turn_away)

    def _lend_on(self, raw: Raw) -> None:
        if self._serve_next(raw):
            return
        self._lent.discard(raw)
        self._idle.append(raw)

    def _serve_next(self, given: Raw | None) -> bool:
        while self._line:
            _, turn = self._line.popleft()
            if not turn.done():
                turn.set_result(given)
                return True
        return False

    def _drop(self, raw: Raw) -> None:
        self._lent.discard(raw)
        raw.terminate()
        self._pass_place_on()

    def _pass_place_on(self) -> None:
        if not self._serve_next(None):
            self._size -= 1

    async def _settle(self, raw: Raw) -> None:
        """Wait until what was interrupted has ended, and undo it; let go of what doesn't end."""
        is_at_rest = False
        try:
            with suppress(*LOST):
                async with asyncio.timeout(SETTLE_TIMEOUT_S):
                    await _bring_to_rest(raw)
                is_at_rest = True
        finally:
            if is_at_rest:
                self._lend_on(raw)
            else:
                self._drop(raw)

    def _look_for_unneeded(self) -> None:
        """Close what nobody took since the last look."""
        unneeded, self._idle = self._idle[: self._unneeded], self._idle[self._unneeded :]
        for raw in unneeded:
            raw.terminate()
        self._size -= len(unneeded)
        self._unneeded = len(self._idle)
        self._look = asyncio.get_running_loop().call_later(IDLE_S, self._look_for_unneeded)


async def answer_within[T](raw: Raw, statement: Awaitable[T], timeout_s: float) -> T:
    """Return the answer to a statement; without one in time, abandon its connection.

    The time-out is longer than the server's own for statements, so it only runs out where the
    server is frozen or can't be reached: then nothing that is sent over the connection helps, and
    waiting for it to come to rest neither. Raises TimeoutError.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await statement
    except TimeoutError:
        raw.terminate()
        raise


async def _bring_to_rest(raw: Raw) -> None:
    # The driver waits for the end of what was cancelled before it sends anything else. Where that
    # was the beginning of a transaction, only then does it know of one.
    if not raw.is_in_transaction():
        await raw.execute("select")
    if raw.is_in_transaction():
        await raw.execute("rollback")
