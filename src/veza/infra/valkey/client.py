"""Valkey (or Redis), for data that may be lost. Without it each process works on its own."""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import structlog
from msgspec import Struct
from valkey.asyncio import BlockingConnectionPool, Valkey
from valkey.exceptions import ConnectionError as NoConnection
from valkey.exceptions import NoScriptError, ValkeyError
from valkey.exceptions import TimeoutError as NoAnswer

log = structlog.get_logger()

TIMEOUT_S = 1.0
PAUSE_S = 1.0
GONE = (ValkeyError, OSError, TimeoutError)

# The number of counts that are kept in this process.
_MAX_REMEMBERED = 10_000

_CONNECTION_ERRORS = (NoConnection, NoAnswer, OSError, TimeoutError)

# Adds to a count, and starts its window if it is new.
_COUNT = """
local n = redis.call('incrby', KEYS[1], ARGV[2])
if n == tonumber(ARGV[2]) then redis.call('pexpire', KEYS[1], ARGV[1]) end
return {n, redis.call('pttl', KEYS[1])}
"""


class ServerMarkedDown(ValkeyError):
    """The server was not called, because it has not answered recent calls."""


class ValkeyClient(Valkey):
    """A client with a circuit breaker: after a timeout, calls fail at once until a ping succeeds.

    A server that accepts connections and does not answer would cost each call its timeout. If other
    calls were answered in the meantime, this process is slow, and the breaker stays closed.
    """

    _recovery: asyncio.Task[None] | None = None
    _answered_at = 0.0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Call the server. Raises one of GONE, after at most one second."""
        if self._recovery is not None:
            raise ServerMarkedDown
        began = time.monotonic()
        try:
            return await self._ask(*args, **options)
        except NoScriptError:
            # The library sends the script and calls again.
            raise
        except _CONNECTION_ERRORS as error:
            if self._recovery is None and self._answered_at < began:
                log.warning("valkey_gone", doing=str(args[0]), error=repr(error))
                self._recovery = asyncio.create_task(self._wait_for_server())
            raise
        except ValkeyError as error:
            log.warning("valkey_refuses", doing=str(args[0]), error=str(error))
            raise

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close the connections and stop pinging the server."""
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.wait([self._recovery])
        await super().aclose(close_connection_pool)

    async def _ask(self, *args: Any, **options: Any) -> Any:
        # The timeout covers waiting for a connection, connecting and the answer.
        async with asyncio.timeout(TIMEOUT_S):
            answer = cast(Any, await super().execute_command(*args, **options))
        self._answered_at = time.monotonic()
        return answer

    async def _wait_for_server(self) -> None:
        is_there = False
        while not is_there:
            await asyncio.sleep(PAUSE_S)
            with suppress(*GONE):
                is_there = bool(await self._ask("PING"))
        self._recovery = None
        log.info("valkey_back")


class WindowCount(Struct, frozen=True):
    """The count of the current window, which ends in `ends_in_s` seconds."""

    count: int
    ends_in_s: float


@asynccontextmanager
async def connect(url: str) -> AsyncGenerator[ValkeyClient]:
    """Open a pool of connections, each when it is first needed."""
    pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]
        url,
        max_connections=32,
        timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
    )
    client = ValkeyClient(connection_pool=pool)
    try:
        yield client
    finally:
        await client.aclose()
        await pool.aclose()


class _LocalCount(Struct):
    """A count as this process knows it: the last from the server, and what is not sent yet."""

    received: int
    unsent: int
    end: float


class WindowCounters:
    """Counts in fixed windows over all processes; in this process while Valkey is unavailable.

    A process continues from the last count that it received and adds what it could not send, so
    that an outage or a timeout does not reset any count.
    """

    def __init__(self, client: ValkeyClient) -> None:
        self._client = client
        self._local: dict[str, _LocalCount] = {}
        self._count = client.register_script(_COUNT)

    async def add(self, key: str, window_s: int, *, times: int = 1) -> WindowCount:
        """Add to a count; return it."""
        try:
            count, left_ms = cast(
                tuple[int, int],
                await self._count(keys=[counter_key(key)], args=[window_s * 1000, times]),
            )
        except GONE:
            local = self._find(key) or _LocalCount(0, 0, time.monotonic() + window_s)
            local.unsent += times
            self._remember(key, local)
            return _count_of(local)
        return self._receive(key, count, left_ms / 1000)

    async def get(self, key: str) -> WindowCount:
        """Return a count."""
        try:
            count = await self._client.get(counter_key(key))
            left_ms = await self._client.pttl(counter_key(key))
        except GONE:
            local = self._find(key)
            return WindowCount(0, 0.0) if local is None else _count_of(local)
        return self._receive(key, int(count), left_ms / 1000) if count else WindowCount(0, 0.0)

    async def take_back(self, key: str) -> None:
        """Subtract one, for example for an attempt that succeeded."""
        local = self._find(key)
        if local is not None and local.unsent:
            local.unsent -= 1
            return
        if local is not None and local.received:
            local.received -= 1
        with suppress(*GONE):
            if int(await self._client.decr(counter_key(key))) <= 0:
                await self._client.delete(counter_key(key))

    async def clear(self, key: str) -> None:
        """Delete a count."""
        self._local.pop(key, None)
        with suppress(*GONE):
            await self._client.delete(counter_key(key))

    def _receive(self, key: str, count: int, left_s: float) -> WindowCount:
        end = time.monotonic() + max(0.0, left_s)
        local = self._find(key) or _LocalCount(0, 0, end)
        # Answers to concurrent calls arrive in any order.
        local.received, local.end = max(local.received, count), max(local.end, end)
        self._remember(key, local)
        # The end by the server, which does not move.
        return WindowCount(count + local.unsent, max(0.0, left_s))

    def _find(self, key: str) -> _LocalCount | None:
        local = self._local.get(key)
        return local if local is not None and local.end > time.monotonic() else None

    def _remember(self, key: str, local: _LocalCount) -> None:
        # Moved to the end: the latest are kept.
        self._local.pop(key, None)
        self._local[key] = local
        if len(self._local) > _MAX_REMEMBERED:
            self._local = dict(list(self._local.items())[_MAX_REMEMBERED // 2 :])


def counter_key(key: str) -> str:
    """Return the key in Valkey: hashed, so that it names no member or address."""
    name, _, counted = key.partition(":")
    return f"count:{name}:{hashlib.sha256(counted.encode()).hexdigest()[:32]}"


def _count_of(local: _LocalCount) -> WindowCount:
    return WindowCount(local.received + local.unsent, local.end - time.monotonic())
