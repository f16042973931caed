"""Reads that concurrent callers share, and that are never stale.

Who asks while a read runs waits for the next one, which begins after they asked. So every answer
shows what was committed before it was asked for: nothing expires and nothing is invalidated. The
database gets one query at a time for each lane and process, however many ask.

The result is the same object for all who wait: it must not be changed, nor depend on who asks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextvars import Context
from itertools import islice
from typing import Any

# The most keys of one read, and the most lanes: beyond that, each caller reads alone.
MAX_KEYS = 100
MAX_LANES = 1024

type Read[K, V] = Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]
type _Waiting = dict[Any, list[asyncio.Future[Any]]]


class _Lane:
    def __init__(self, read: Read[Any, Any]) -> None:
        self.waiting: _Waiting = {}
        # That of the latest caller: a lane in constant use may live for days.
        self.read = read
        self.callers = 0
        self.serving: asyncio.Task[None] | None = None


class MergedReads:
    """Merges the reads of each lane.

    A lane is named by all that its reads depend on, except for the keys.
    """

    def __init__(self, max_lanes: int = MAX_LANES) -> None:
        self._max_lanes = max_lanes
        self._lanes: dict[Hashable, _Lane] = {}
        # A task of its own serves each lane, so that a client who leaves cancels nobody's read.
        self._serving: set[asyncio.Task[None]] = set()

    async def get[K: Hashable, V](self, name: Hashable, key: K, read: Read[K, V]) -> V | None:
        """Return the value of a key in the lane of a name, or None; raises what the read raises.

        The read that begins next serves all keys that the lane's callers wait for.
        """
        lane = self._lanes.get(name)
        if lane is None:
            if len(self._lanes) >= self._max_lanes:
                return (await read([key])).get(key)
            lane = self._lanes[name] = _Lane(read)
            # In an empty context: it is nobody's request.
            lane.serving = asyncio.create_task(self._serve(name, lane), context=Context())
            self._serving.add(lane.serving)
            lane.serving.add_done_callback(self._serving.discard)
        lane.read = read
        lane.callers += 1
        answer: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        lane.waiting.setdefault(key, []).append(answer)
        try:
            return await answer
        finally:
            lane.callers -= 1
            if not lane.callers and answer.cancelled():
                self._abandon(name, lane)

    def __len__(self) -> int:
        """Return the number of lanes in which somebody waits."""
        return len(self._lanes)

    def _abandon(self, name: Hashable, lane: _Lane) -> None:
        """Cancel a read that nobody waits for any more. Who asks from now on gets another lane."""
        self._remove(name, lane)
        if lane.serving is not None:
            lane.serving.cancel()

    def _remove(self, name: Hashable, lane: _Lane) -> None:
        if self._lanes.get(name) is lane:
            del self._lanes[name]

    async def _serve(self, name: Hashable, lane: _Lane) -> None:
        """Read again and again until nobody waits."""
        batch: _Waiting = {}
        try:
            while lane.waiting:
                batch = {key: lane.waiting.pop(key) for key in list(islice(lane.waiting, MAX_KEYS))}
                # Nothing is read for those who left.
                batch = {key: those for key, those in batch.items() if not _are_done(those)}
                if batch:
                    await _answer(batch, lane.read)
        finally:
            self._remove(name, lane)
            for answer in [*_flatten(batch), *_flatten(lane.waiting)]:
                answer.cancel()


async def _answer(batch: _Waiting, read: Read[Any, Any]) -> None:
    try:
        found = await read(list(batch))
    except Exception as error:
        for answer in _flatten(batch):
            if not answer.done():
                answer.set_exception(error)
                # Retrieved here, in case its caller is cancelled at this moment.
                answer.exception()
        return
    for key, answers in batch.items():
        value = found.get(key)
        for answer in answers:
            if not answer.done():
                answer.set_result(value)


def _are_done(answers: Sequence[asyncio.Future[Any]]) -> bool:
    return all(answer.done() for answer in answers)


def _flatten(waiting: _Waiting) -> list[asyncio.Future[Any]]:
    return [answer for answers in waiting.values() for answer in answers]
