"""Valkey (or Redis): what may be lost. Without it the program goes on, process by process."""

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

# So many counts are known in this process too.
_MAX_REMEMBERED = 10_000

_NOBODY_THERE = (NoConnection, NoAnswer, OSError, TimeoutError)

# Counts uses and starts the window with the first, in one round trip.
_COUNT = """
local n = redis.call('incrby', KEYS[1], ARGV[2])
if n == tonumber(ARGV[2]) then redis.call('pexpire', KEYS[1], ARGV[1]) end
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


class _Here(Struct):
    """What this process knows of a count: what it heard last, and what the server may not know."""

    heard: int
    unheard: int
    end: float


class Counters:
    """Counts in fixed windows, over all processes; in this process alone while Valkey is gone.

    Each process goes on from what it heard last, and adds what it couldn't tell: so nobody gains by
    cutting it off, or by asking so much at once that some answers come too late.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._here: dict[str, _Here] = {}
        self._count = client.register_script(_COUNT)

    async def add(self, key: str, window_s: int, *, times: int = 1) -> Count:
        """Count one more, or so many, and tell where the window stands."""
        try:
            count, left_ms = cast(
                tuple[int, int],
                await self._count(keys=[place_of(key)], args=[window_s * 1000, times]),
            )
        except GONE:
            here = self._find(key) or _Here(0, 0, time.monotonic() + window_s)
            here.unheard += times
            self._remember(key, here)
            return _standing(here)
        return self._hear(key, count, left_ms / 1000)

    async def look(self, key: str) -> Count:
        """Tell where the window stands, without counting."""
        try:
            count = await self._client.get(place_of(key))
            left_ms = await self._client.pttl(place_of(key))
        except GONE:
            here = self._find(key)
            return Count(0, 0.0) if here is None else _standing(here)
        return self._hear(key, int(count), left_ms / 1000) if count else Count(0, 0.0)

    async def take_back(self, key: str) -> None:
        """Count one less: what was counted beforehand turned out harmless."""
        here = self._find(key)
        if here is not None and here.unheard:
            here.unheard -= 1
            return
        if here is not None and here.heard:
            here.heard -= 1
        with suppress(*GONE):
            if int(await self._client.decr(place_of(key))) <= 0:
                await self._client.delete(place_of(key))

    async def clear(self, key: str) -> None:
        """Forget a count."""
        self._here.pop(key, None)
        with suppress(*GONE):
            await self._client.delete(place_of(key))

    def _hear(self, key: str, count: int, left_s: float) -> Count:
        end = time.monotonic() + max(0.0, left_s)
        here = self._find(key) or _Here(0, 0, end)
        # Of answers that come at once, the one that was counted last need not come last.
        here.heard, here.end = max(here.heard, count), max(here.end, end)
        self._remember(key, here)
        # What the server says, not what we reckon from when we heard it: no use moves the end.
        return Count(count + here.unheard, max(0.0, left_s))

    def _find(self, key: str) -> _Here | None:
        here = self._here.get(key)
        return here if here is not None and here.end > time.monotonic() else None

    def _remember(self, key: str, here: _Here) -> None:
        # Put at the end: those who were there last stand last, and are kept.
        self._here.pop(key, None)
        self._here[key] = here
        if len(self._here) > _MAX_REMEMBERED:
            self._here = dict(list(self._here.items())[_MAX_REMEMBERED // 2 :])


def place_of(key: str) -> str:
    """Tell under which key of the server is counted: whom it counts nobody reads there."""
    name, _, counted = key.partition(":")
    return f"count:{name}:{hashlib.sha256(counted.encode()).hexdigest()[:32]}"


def _standing(here: _Here) -> Count:
    return Count(here.heard + here.unheard, here.end - time.monotonic())
