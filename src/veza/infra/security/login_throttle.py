"""Limits failed attempts in a time window over all processes, including concurrent attempts.

An attempt reserves a place while it runs. It counts only if the caller reports it as failed, not if
it raises, is cancelled or never ends. If the running attempts could reach the limit, the next one
waits until one of them has ended.

Without Valkey each process continues from the last counts it received, plus its own failures.
"""

import asyncio
import math
import random
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

from msgspec import Struct

from veza.core.errors import Allowance, TooManyRequests
from veza.core.ids import new_id
from veza.infra.valkey.client import GONE, ValkeyClient, counter_key

_PAUSE_S = 0.1
_MAX_PAUSES = 100
# The lifetime of a reservation, for processes that die. Longer than any attempt takes.
_RESERVED_MS = 60_000
_MAX_REMEMBERED = 10_000

# KEYS: the failures (a counter) and the running attempts (ids by the end of their reservation).
# ARGV: maximum, lifetime of a reservation in ms, attempt id, and the failures that were not sent to
# Valkey. Returns whether a place was reserved, the failures and the ms until they expire.
_RESERVE = """
local clock = redis.call('time')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('zremrangebyscore', KEYS[2], '-inf', now)
local failed = tonumber(redis.call('get', KEYS[1]) or 0)
local used = failed + tonumber(ARGV[4]) + redis.call('zcard', KEYS[2])
local is_free = used < tonumber(ARGV[1])
if is_free then
    redis.call('zadd', KEYS[2], now + ARGV[2], ARGV[3])
    redis.call('pexpire', KEYS[2], ARGV[2])
end
return {is_free and 1 or 0, failed, math.max(0, redis.call('pttl', KEYS[1]))}
"""

# KEYS: as above. ARGV: attempt id, outcome, window in ms.
_END = """
redis.call('zrem', KEYS[2], ARGV[1])
if ARGV[2] == 'failed' then
    if redis.call('incr', KEYS[1]) == 1 then redis.call('pexpire', KEYS[1], ARGV[3]) end
elseif ARGV[2] == 'cleared' then
    redis.call('del', KEYS[1])
end
return {tonumber(redis.call('get', KEYS[1]) or 0), math.max(0, redis.call('pttl', KEYS[1]))}
"""


class LoginAttempt:
    """A running attempt. It counts as a failure only if the caller calls `fail`."""

    def __init__(self) -> None:
        self.outcome = "released"

    def fail(self) -> None:
        """Count the attempt as failed when it ends."""
        self.outcome = "failed"

    def clear(self) -> None:
        """Reset the failures when the attempt ends."""
        self.outcome = "cleared"


class _KnownFailures(Struct):
    """The failures of a key: received from Valkey, and not yet sent to it."""

    received: int = 0
    unsent: int = 0
    ends_at: float = 0.0


class LoginThrottle:
    """Limits failures by key, such as an account or a network, to `max_failures` in `window_s`."""

    def __init__(self, client: ValkeyClient, *, max_failures: int, window_s: int) -> None:
        self._max = max_failures
        self._window_s = window_s
        self._reserve_script = client.register_script(_RESERVE)
        self._end_script = client.register_script(_END)
        self._known: dict[str, _KnownFailures] = {}
        self._running: dict[str, int] = {}

    @asynccontextmanager
    async def attempt(
        self, key: str, refusal: type[TooManyRequests]
    ) -> AsyncGenerator[LoginAttempt]:
        """Run an attempt inside the `with`. Raises `refusal` if the key has too many failures.

        `retry_after` is the seconds until the failures expire, or 1 if other attempts still run
        after ten seconds of waiting.
        """
        attempt_id = new_id().hex
        await self._wait_for_place(key, attempt_id, refusal)
        self._running[key] = self._running.get(key, 0) + 1
        attempt = LoginAttempt()
        try:
            yield attempt
        finally:
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]
            await self._report(key, attempt_id, attempt.outcome)

    async def clear(self, key: str) -> None:
        """Reset the failures of a key, for example after a password reset."""
        await self._report(key, "", "cleared")

    async def _wait_for_place(
        self, key: str, attempt_id: str, refusal: type[TooManyRequests]
    ) -> None:
        for _ in range(_MAX_PAUSES):
            failed = await self._reserve(key, attempt_id)
            if failed is None:
                return
            if failed >= self._max:
                left_s = self._find(key).ends_at - time.monotonic()
                allowance = Allowance(self._max, self._window_s)
                raise refusal(retry_after=max(1, math.ceil(left_s)), allowance=allowance)
            await asyncio.sleep(random.uniform(0.5, 1.5) * _PAUSE_S)  # noqa: S311 - no secret
        raise refusal(retry_after=1)

    async def _reserve(self, key: str, attempt_id: str) -> int | None:
        """Reserve a place; return the number of failures if none is free."""
        known = self._find(key)
        try:
            is_free, failed, left_ms = cast(
                tuple[int, int, int],
                await self._reserve_script(
                    keys=_valkey_keys(key), args=[self._max, _RESERVED_MS, attempt_id, known.unsent]
                ),
            )
        except GONE:
            failed = known.received
            is_free = failed + known.unsent + self._running.get(key, 0) < self._max
        else:
            self._receive(key, failed, left_ms)
        return None if is_free else failed + known.unsent

    async def _report(self, key: str, attempt_id: str, outcome: str) -> None:
        if outcome == "cleared":
            self._known.pop(key, None)
        try:
            failed, left_ms = cast(
                tuple[int, int],
                await self._end_script(
                    keys=_valkey_keys(key), args=[attempt_id, outcome, self._window_s * 1000]
                ),
            )
        except GONE:
            # The reservation in Valkey expires.
            if outcome == "failed":
                known = self._find(key)
                known.unsent += 1
                known.ends_at = known.ends_at or time.monotonic() + self._window_s
                self._remember(key, known)
        else:
            self._receive(key, failed, left_ms)

    def _receive(self, key: str, failed: int, left_ms: int) -> None:
        known = self._find(key)
        # Responses to concurrent calls arrive in any order: the highest count is the latest.
        known.received = max(known.received, failed) if failed else 0
        if known.received:
            known.ends_at = max(known.ends_at, time.monotonic() + left_ms / 1000)
        if known.received or known.unsent:
            self._remember(key, known)
        else:
            self._known.pop(key, None)

    def _find(self, key: str) -> _KnownFailures:
        known = self._known.get(key)
        return known if known is not None and known.ends_at > time.monotonic() else _KnownFailures()

    def _remember(self, key: str, known: _KnownFailures) -> None:
        # Moved to the end: the latest are kept.
        self._known.pop(key, None)
        self._known[key] = known
        if len(self._known) > _MAX_REMEMBERED:
            self._known = dict(list(self._known.items())[_MAX_REMEMBERED // 2 :])


def _valkey_keys(key: str) -> list[str]:
    """Return the keys in Valkey of the failures and the running attempts of a hashed key."""
    return [counter_key(f"{key}:failed"), counter_key(f"{key}:running")]
