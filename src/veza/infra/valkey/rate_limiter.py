"""Limits how often something is done, over all processes; in each alone while Valkey is gone.

Of each limit the moments of its latest uses are kept, and no more of them than it allows. So no
window, wherever it begins, holds more uses than that. What is refused leaves no trace.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import cast

import msgspec
from msgspec import Struct

from veza.infra.valkey.client import GONE, Client

# At most so many go into one round trip, wait for one, and are remembered in this process.
_BATCH = 128
_MAX_WAITING = 4096
_MAX_REMEMBERED = 10_000

# One list a limit, the latest use first. Moments are microseconds of the server's clock, the same
# for all processes. Those that lie ahead of it, as after it was set back, count no more either.
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


class Limit(Struct, frozen=True):
    """So many uses in any window of so many seconds."""

    name: str
    most: int
    window_s: int


class Use(Struct, frozen=True):
    """What is to be counted under a limit, and by whom."""

    limit: Limit
    user: str

    @property
    def key(self) -> str:
        """Where the moments of the uses are kept."""
        return f"limit:{self.limit.name}:{self.user}"


class Standing(Struct, frozen=True):
    """How many uses are left of a limit, and in how many seconds the oldest one is over."""

    limit: Limit
    left: int
    ends_in_s: float


class Verdict(Struct, frozen=True):
    """Whether something may be done, and how its limits stand afterwards; one of them at least."""

    is_allowed: bool
    standings: list[Standing]


# What a limit left before a use, and in how many seconds its oldest use is over.
type _Reading = tuple[int, float]


class _Wish(Struct):
    uses: Sequence[Use]
    answer: asyncio.Future[Verdict]


class Limiter:
    """Counts what may be done. Those who ask at the same time share a round trip to Valkey."""

    def __init__(self, client: Client) -> None:
        self._take = client.register_script(_TAKE)
        self._waiting: list[_Wish] = []
        self._asking: asyncio.Task[None] | None = None
        self._exhausted = _Exhausted()
        self._alone = _Alone()

    async def take(self, uses: Sequence[Use]) -> Verdict:
        """Count a use under all of its limits, or under none where one of them has nothing left."""
        refused = self._exhausted.find(uses)
        if refused:
            return Verdict(is_allowed=False, standings=refused)
        if len(self._waiting) >= _MAX_WAITING:
            return _judge(uses, self._alone.take(uses))
        wish = _Wish(uses, asyncio.get_running_loop().create_future())
        self._waiting.append(wish)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_for_all())
        return await wish.answer

    async def _ask_for_all(self) -> None:
        """Ask until nobody waits. Whoever comes while an answer is under way shares the next."""
        batch: list[_Wish] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
                # Those who went away meanwhile are not counted.
                batch = [wish for wish in batch if not wish.answer.done()]
                if batch:
                    await self._answer(batch)
        finally:
            self._asking = None
            for wish in batch + self._waiting:
                wish.answer.cancel()
            self._waiting.clear()

    async def _answer(self, batch: list[_Wish]) -> None:
        try:
            readings = await self._read(batch)
        except GONE:
            readings = [self._alone.take(wish.uses) for wish in batch]
        for wish, found in zip(batch, readings, strict=True):
            verdict = _judge(wish.uses, found)
            if not verdict.is_allowed:
                self._exhausted.learn(wish.uses, verdict)
            if not wish.answer.done():
                wish.answer.set_result(verdict)

    async def _read(self, batch: list[_Wish]) -> list[list[_Reading]]:
        # Each key goes along once, whoever names it: by its place, the first is 1.
        places: dict[str, int] = {}
        limits = [
            [
                (
                    places.setdefault(use.key, len(places) + 1),
                    use.limit.most,
                    use.limit.window_s * 1_000_000,
                )
                for use in wish.uses
            ]
            for wish in batch
        ]
        arguments = [msgspec.json.encode(limits)]
        found = cast(bytes, await self._take(keys=list(places), args=arguments))
        answers = msgspec.json.decode(found, type=list[list[tuple[int, int]]])
        return [[(left, us / 1_000_000) for left, us in answer] for answer in answers]


def _judge(uses: Sequence[Use], readings: Sequence[_Reading]) -> Verdict:
    is_allowed = all(left > 0 for left, _ in readings)
    standings = [
        Standing(use.limit, left - is_allowed, ends_in_s)
        for use, (left, ends_in_s) in zip(uses, readings, strict=True)
    ]
    return Verdict(is_allowed, standings)


class _Exhausted:
    """The limits that have nothing left: until their oldest use is over nobody need be asked.

    A flood of requests is refused here, and costs Valkey nothing.
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def find(self, uses: Sequence[Use]) -> list[Standing]:
        if not self._until:
            return []
        now = time.monotonic()
        ends = [(use.limit, self._until.get(use.key, 0.0) - now) for use in uses]
        return [Standing(limit, 0, ends_in_s) for limit, ends_in_s in ends if ends_in_s > 0]

    def learn(self, uses: Sequence[Use], verdict: Verdict) -> None:
        now = time.monotonic()
        for use, standing in zip(uses, verdict.standings, strict=True):
            if standing.left == 0:
                self._until[use.key] = now + standing.ends_in_s
        if len(self._until) > _MAX_REMEMBERED:
            running = [(key, end) for key, end in self._until.items() if end > now]
            # Whoever is forgotten is only asked for once more.
            self._until = dict(running[-_MAX_REMEMBERED // 2 :])


class _Alone:
    """The same limits, for this process by itself."""

    def __init__(self) -> None:
        self._moments: dict[str, deque[float]] = {}

    def take(self, uses: Sequence[Use]) -> list[_Reading]:
        now = time.monotonic()
        readings = [self._read(use, now) for use in uses]
        if all(left > 0 for left, _ in readings):
            for use in uses:
                # Put at the end: those who were there last stand last.
                moments = self._moments.pop(use.key, None) or deque()
                moments.append(now)
                self._moments[use.key] = moments
        if len(self._moments) > _MAX_REMEMBERED:
            latest = list(self._moments.items())[_MAX_REMEMBERED // 2 :]
            self._moments = dict(latest)
        return readings

    def _read(self, use: Use, now: float) -> _Reading:
        moments = self._moments.get(use.key, deque())
        while moments and moments[0] <= now - use.limit.window_s:
            moments.popleft()
        oldest = moments[0] if moments else now
        return max(0, use.limit.most - len(moments)), oldest + use.limit.window_s - now
