"""Valkey (or Redis): what may be lost. Without it the program goes on, process by process."""

import asyncio
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

# So many counts are known in this process too.
_MAX_REMEMBERED = 10_000

_NOBODY_THERE = (NoConnection, NoAnswer, OSError, TimeoutError)

# Counts a use and starts the window with the first, in one round trip.
_COUNT = """
local n = redis.call('incr', KEYS[1])
if n == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
return {n, redis.call('pttl', KEYS[1])}
"""


class NotAsked(ValkeyError):
    """The server wasn't asked, because it doesn't answer at the moment."""


class Client(Valkey):
    """Asks the server as long as it answers. Once it doesn't, nobody is kept waiting any more.

    A server that takes connections and then says nothing would cost every call its time-out. So the
    first call to notice has all later ones fail at once, until the server answers again. Where
    others were answered meanwhile, it is rather we who are slow.
    """

    _search: asyncio.Task[None] | None = None
    _answered_at = 0.0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Ask the server. Raises one of GONE, after at most one second."""
        if self._search is not None:
            raise NotAsked
        began = time.monotonic()
        try:
            return await self._ask(*args, **options)
        except NoScriptError:
            # The script comes along the next time.
            raise
        except _NOBODY_THERE as error:
            if self._search is None and self._answered_at < began:
                log.warning("valkey_gone", doing=str(args[0]), error=repr(error))
                self._search = asyncio.create_task(self._wait_for_server())
            raise
        except ValkeyError as error:
            log.warning("valkey_refuses", doing=str(args[0]), error=str(error))
            raise

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close it; nobody looks for the server any more."""
        if self._search is not None:
            self._search.cancel()
            await asyncio.wait([self._search])
        await super().aclose(close_connection_pool)

    async def _ask(self, *args: Any, **options: Any) -> Any:
        # Waiting for a free connection, connecting and the answer, all of it together.
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
        self._search = None
        log.info("valkey_back")


class Count(Struct, frozen=True):
    """How often something happened in the present window, which ends in `ends_in_s` seconds."""

    count: int
    ends_in_s: float


@asynccontextmanager
async def connect(url: str) -> AsyncGenerator[Client]:
    """Open a pool of connections; none is made before it is needed."""
    pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]
        url,
        max_connections=32,
        timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
    )
    client = Client(connection_pool=pool)
    try:
        yield client
    finally:
        await client.aclose()
        await pool.aclose()


class Counters:
    """Counts in fixed windows, over all processes; in this process alone while Valkey is gone.

    Each process goes on from what it heard last, so that nobody gains by cutting it off.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._local: dict[str, tuple[int, float]] = {}
        self._count = client.register_script(_COUNT)

    async def add(self, key: str, window_s: int) -> Count:
        """Count one more, and tell where the window stands."""
        try:
            count, left_ms = cast(
                tuple[int, int],
                await self._count(keys=[f"count:{key}"], args=[window_s * 1000]),
            )
            known = Count(count, max(0, left_ms) / 1000)
        except GONE:
            known = self._add_here(key, window_s)
        self._remember(key, known)
        return known

    async def look(self, key: str) -> Count:
        """Tell where the window stands, without counting."""
        try:
            count = await self._client.get(f"count:{key}")
            left_ms = await self._client.pttl(f"count:{key}")
            return Count(int(count or 0), max(0, left_ms) / 1000)
        except GONE:
            here, end = self._local.get(key, (0, 0.0))
            left_s = end - time.monotonic()
            return Count(here, left_s) if left_s > 0 else Count(0, 0.0)

    async def take_back(self, key: str) -> None:
        """Count one less: what was counted beforehand turned out harmless."""
        count, end = self._local.get(key, (0, 0.0))
        if count:
            self._local[key] = (count - 1, end)
        with suppress(*GONE):
            if int(await self._client.decr(f"count:{key}")) <= 0:
                await self._client.delete(f"count:{key}")

    async def clear(self, key: str) -> None:
        """Forget a count."""
        self._local.pop(key, None)
        with suppress(*GONE):
            await self._client.delete(f"count:{key}")

    def _add_here(self, key: str, window_s: int) -> Count:
        now = time.monotonic()
        count, end = self._local.get(key, (0, 0.0))
        if end <= now:
            count, end = 0, now + window_s
        return Count(count + 1, end - now)

    def _remember(self, key: str, known: Count) -> None:
        # Put at the end: those who were there last stand last, and are kept.
        self._local.pop(key, None)
        self._local[key] = (known.count, time.monotonic() + known.ends_in_s)
        if len(self._local) > _MAX_REMEMBERED:
            self._local = dict(list(self._local.items())[_MAX_REMEMBERED // 2 :])
