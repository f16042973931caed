"""Valkey (or Redis): what may be lost. Without it the program goes on, process by process."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import structlog
from msgspec import Struct
from valkey.asyncio import BlockingConnectionPool, Valkey
from valkey.exceptions import ValkeyError

log = structlog.get_logger()

TIMEOUT_S = 1.0
GONE = (ValkeyError, OSError, TimeoutError)

type Client = Valkey

# Counts a use and starts the window with the first, in one round trip.
_COUNT = """
local n = redis.call('incr', KEYS[1])
if n == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
return {n, redis.call('pttl', KEYS[1])}
"""


class Count(Struct, frozen=True):
    """How often something happened in the present window, which ends in `ends_in_s` seconds."""

    count: int
    ends_in_s: float


@asynccontextmanager
async def connect(url: str) -> AsyncGenerator[Valkey]:
    """Open a pool of connections; none is made before it is needed."""
    pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]
        url,
        max_connections=32,
        timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
    )
    client = Valkey(connection_pool=pool)
    try:
        yield client
    finally:
        await client.aclose()
        await pool.aclose()


class Counters:
    """Counts in fixed windows, over all processes; in this process alone while Valkey is gone."""

    def __init__(self, client: Valkey) -> None:
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
            return Count(count, max(0, left_ms) / 1000)
        except GONE as error:
            log.warning("valkey_gone", doing="count", error=str(error))
            return self._add_here(key, window_s)

    async def look(self, key: str) -> Count:
        """Tell where the window stands, without counting."""
        try:
            count = await self._client.get(f"count:{key}")
            left_ms = await self._client.pttl(f"count:{key}")
            return Count(int(count or 0), max(0, left_ms) / 1000)
        except GONE as error:
            log.warning("valkey_gone", doing="look", error=str(error))
            here, end = self._local.get(key, (0, 0.0))
            left_s = end - time.monotonic()
            return Count(here, left_s) if left_s > 0 else Count(0, 0.0)

    async def take_back(self, key: str) -> None:
        """Count one less: what was counted beforehand turned out harmless."""
        count, end = self._local.get(key, (0, 0.0))
        if count:
            self._local[key] = (count - 1, end)
        try:
            if int(await self._client.decr(f"count:{key}")) <= 0:
                await self._client.delete(f"count:{key}")
        except GONE as error:
            log.warning("valkey_gone", doing="take_back", error=str(error))

    async def clear(self, key: str) -> None:
        """Forget a count."""
        self._local.pop(key, None)
        try:
            await self._client.delete(f"count:{key}")
        except GONE as error:
            log.warning("valkey_gone", doing="clear", error=str(error))

    def _add_here(self, key: str, window_s: int) -> Count:
        now = time.monotonic()
        if len(self._local) > 10_000:
            self._local = {k: v for k, v in self._local.items() if v[1] > now}
        count, end = self._local.get(key, (0, 0.0))
        if end <= now:
            count, end = 0, now + window_s
        self._local[key] = (count + 1, end)
        return Count(count + 1, end - now)
