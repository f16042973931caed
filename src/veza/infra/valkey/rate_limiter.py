"""Rate limits over all processes; in each process while Valkey is unavailable.

The times of the latest uses of a limit are kept, so that no window, wherever it starts, has more
uses than allowed. Refused uses do not count.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import cast

import msgspec
from msgspec import Struct

from veza.infra.valkey.client import GONE, ValkeyClient

# The most requests in a round trip, waiting for one, and limits kept in this process.
_BATCH = 128
_MAX_WAITING = 4096
_MAX_REMEMBERED = 10_000

# A list of times for each limit, the latest first, in microseconds of Valkey's clock, which is the
# same for all processes. Times in the future (the clock was set back) do not count.
_TAKE = """
local clock = redis.call('time')
local now = clock[1] * 1000000 + clock[2]
local answers = {}
for n, limits in ipairs(cjson.decode(ARGV[1])) do
    local readings, is_allowed = {}, true
    for i, limit in ipairs(limits) do
        local key, most, window = KEYS[limit[1]], limit[2], limit[3]
        local oldest = tonumber(redis.call('lindex', key, -1))
        while oldest and (oldest <= now - window or oldest > now) do
            redis.call('rpop', key)
            oldest = tonumber(redis.call('lindex', key, -1))
        end
        local left = math.max(0, most - redis.call('llen', key))
        readings[i] = {left, (oldest or now) + window - now}
        is_allowed = is_allowed and left > 0
    end
    for _, limit in ipairs(is_allowed and limits or {}) do
        redis.call('lpush', KEYS[limit[1]], now)
        redis.call('pexpire', KEYS[limit[1]], math.ceil(limit[3] / 1000))
    end
    answers[n] = readings
end
return cjson.encode(answers)
"""


class RateLimit(Struct, frozen=True):
    """At most `most` uses in any `window_s` seconds."""

    name: str
    most: int
    window_s: int


class RateLimitUse(Struct, frozen=True):
    """A use of a limit by a user (any string: an id, an address)."""

    limit: RateLimit
    user: str

    @property
    def key(self) -> str:
        """The key of the times in Valkey."""
        return f"limit:{self.limit.name}:{self.user}"


class RateLimitState(Struct, frozen=True):
    """The uses left of a limit, and the seconds until its oldest use leaves the window."""

    limit: RateLimit
    left: int
    ends_in_s: float


class RateLimitDecision(Struct, frozen=True):
    """Whether a use is allowed, and the state of at least one of its limits afterwards."""

    is_allowed: bool
    states: list[RateLimitState]


# The uses left before this one, and the seconds until the oldest use leaves the window.
type _Reading = tuple[int, float]


class _PendingRequest(Struct):
    uses: Sequence[RateLimitUse]
    answer: asyncio.Future[RateLimitDecision]


class RateLimiter:
    """Checks and counts uses; concurrent calls share a round trip to Valkey."""

    def __init__(self, client: ValkeyClient) -> None:
        self._take = client.register_script(_TAKE)
        self._waiting: list[_PendingRequest] = []
        self._answering: asyncio.Task[None] | None = None
        self._exhausted = _ExhaustedLimits()
        self._local = _LocalLimits()

    async def take(self, uses: Sequence[RateLimitUse]) -> RateLimitDecision:
        """Count a use under all limits, or under none if one of them is exhausted."""
        refused = self._exhausted.find(uses)
        if refused:
            return RateLimitDecision(is_allowed=False, states=refused)
        if len(self._waiting) >= _MAX_WAITING:
            return _decide(uses, self._local.take(uses))
        request = _PendingRequest(uses, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        if self._answering is None:
            self._answering = asyncio.create_task(self._answer_all())
        return await request.answer

    async def _answer_all(self) -> None:
        """Answer the waiting requests in batches until none is left."""
        batch: list[_PendingRequest] = []
        try:
            while self._waiting:
                batch = self._waiting[:_BATCH]
                self._waiting = self._waiting[_BATCH:]
                # Cancelled requests are not counted.
                batch = [request for request in batch if not request.answer.done()]
                if batch:
                    await self._answer(batch)
        finally:
            self._answering = None
            for request in batch + self._waiting:
                request.answer.cancel()
            self._waiting.clear()

    async def _answer(self, batch: list[_PendingRequest]) -> None:
        try:
            readings = await self._read(batch)
        except GONE:
            readings = [self._local.take(request.uses) for request in batch]
        for request, found in zip(batch, readings, strict=True):
            decision = _decide(request.uses, found)
            if not decision.is_allowed:
                self._exhausted.learn(request.uses, decision)
            if not request.answer.done():
                request.answer.set_result(decision)

    async def _read(self, batch: list[_PendingRequest]) -> list[list[_Reading]]:
        # Each key is sent once; limits refer to it by its position, from 1.
        places: dict[str, int] = {}
        limits = [
            [
                (
                    places.setdefault(use.key, len(places) + 1),
                    use.limit.most,
                    use.limit.window_s * 1_000_000,
                )
                for use in request.uses
            ]
            for request in batch
        ]
        arguments = [msgspec.json.encode(limits)]
        found = cast(bytes, await self._take(keys=list(places), args=arguments))
        answers = msgspec.json.decode(found, type=list[list[tuple[int, int]]])
        return [[(left, us / 1_000_000) for left, us in answer] for answer in answers]


def _decide(uses: Sequence[RateLimitUse], readings: Sequence[_Reading]) -> RateLimitDecision:
    is_allowed = all(left > 0 for left, _ in readings)
    states = [
        RateLimitState(use.limit, left - is_allowed, ends_in_s)
        for use, (left, ends_in_s) in zip(uses, readings, strict=True)
    ]
    return RateLimitDecision(is_allowed, states)


class _ExhaustedLimits:
    """Remembers exhausted limits, so that a flood of requests is refused without Valkey."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def find(self, uses: Sequence[RateLimitUse]) -> list[RateLimitState]:
        if not self._until:
            return []
        now = time.monotonic()
        ends = [(use.limit, self._until.get(use.key, 0.0) - now) for use in uses]
        return [RateLimitState(limit, 0, ends_in_s) for limit, ends_in_s in ends if ends_in_s > 0]

    def learn(self, uses: Sequence[RateLimitUse], decision: RateLimitDecision) -> None:
        now = time.monotonic()
        for use, state in zip(uses, decision.states, strict=True):
            if state.left == 0:
                self._until[use.key] = now + state.ends_in_s
        if len(self._until) > _MAX_REMEMBERED:
            running = [(key, end) for key, end in self._until.items() if end > now]
            # Valkey is called again for a forgotten limit.
            self._until = dict(running[-_MAX_REMEMBERED // 2 :])


class _LocalLimits:
    """The same limits within this process."""

    def __init__(self) -> None:
        self._moments: dict[str, deque[float]] = {}

    def take(self, uses: Sequence[RateLimitUse]) -> list[_Reading]:
        now = time.monotonic()
        readings = [self._read(use, now) for use in uses]
        if all(left > 0 for left, _ in readings):
            for use in uses:
                # Moved to the end: the latest are kept.
                moments = self._moments.pop(use.key, None) or deque()
                moments.append(now)
                self._moments[use.key] = moments
        if len(self._moments) > _MAX_REMEMBERED:
            latest = list(self._moments.items())[_MAX_REMEMBERED // 2 :]
            self._moments = dict(latest)
        return readings

    def _read(self, use: RateLimitUse, now: float) -> _Reading:
        moments = self._moments.get(use.key, deque())
        while moments and moments[0] <= now - use.limit.window_s:
            moments.popleft()
        oldest = moments[0] if moments else now
        return max(0, use.limit.most - len(moments)), oldest + use.limit.window_s - now
