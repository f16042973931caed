"""A process that answers requests in simulated time: an event loop, and a pool of connections.

It is to a `python -m tests.cluster.overload` what arithmetic can be: cheap, and the same each time.
"""

import itertools
import random
from collections import Counter, defaultdict, deque
from collections.abc import Iterator

from msgspec import Struct

from veza.infra.concurrency.overload import SAMPLE_S, Importance, LoadSample, OverloadGauge

CONNECTIONS = 10
_IDLE_S = 0.001


class Costs(Struct, frozen=True):
    """What a request costs: CPU time before and after its statement, the statement, a refusal."""

    each_s: float = 0.000_3
    statement_s: float = 0.002
    refusal_s: float = 0.000_05
    # The share of a core that this process gets.
    share: float = 1.0

    @property
    def capacity(self) -> float:
        """The requests a second that can be answered."""
        return min(self.share / self.each_s, CONNECTIONS / self.statement_s)


class Asked(Struct, frozen=True):
    at: float
    importance: Importance


class SimulatedProcess:
    """Answers requests; `accepted` holds how long each took, by importance."""

    def __init__(self, limit_s: float, costs: Costs) -> None:
        draw = random.Random(1)
        self.gauge = OverloadGauge(limit_s, draw.random)
        self.accepted: dict[Importance, list[float]] = defaultdict(list)
        self.refused = Counter[Importance]()
        # When something was last refused.
        self.refused_at = 0.0
        self.now = 0.0
        self.costs = costs
        self._kinds = itertools.cycle(draw.choices(list(Importance), (6, 2, 2), k=1000))
        self._used_s = 0.0
        self._sample = (0.0, 0.0)
        self._begun = 0
        self._queue: deque[tuple[float, Asked]] = deque()
        self._running: list[tuple[float, Asked]] = []

    def offer(self, per_s: float, seconds: float) -> None:
        """Have so many requests a second come, whether or not earlier ones are answered."""
        times = (self.now + number / per_s for number in range(1, int(per_s * seconds) + 1))
        self._answer(deque(Asked(at, next(self._kinds)) for at in times))

    def offer_at_once(self, count: int) -> None:
        """Have so many come at the same moment, and go on until they are answered."""
        self._answer(deque(Asked(self.now, next(self._kinds)) for _ in range(count)))

    def ask_in_turn(self, count: int) -> None:
        """Have one visitor send so many requests, each when the one before is answered."""
        for _ in range(count):
            self.offer_at_once(1)

    def _answer(self, coming: deque[Asked]) -> None:
        while coming or self._queue or self._running:
            self._take_sample()
            began_at, used_s = self.now, sum(self._turn(coming))
            self._used_s += used_s
            self.now = began_at + used_s / self.costs.share + (0 if used_s else _IDLE_S)

    def _turn(self, coming: deque[Asked]) -> Iterator[float]:
        """Do what is due; yield the CPU time of each piece."""
        for ends_at, asked in [each for each in self._running if each[0] <= self.now]:
            self._running.remove((ends_at, asked))
            self.accepted[asked.importance].append(self.now - asked.at)
            yield self.costs.each_s / 2
        while coming and coming[0].at <= self.now:
            asked = coming.popleft()
            self._begun += 1
            if self.gauge.refuses(asked.importance):
                self.refused[asked.importance] += 1
                self.refused_at = self.now
                yield self.costs.refusal_s
            else:
                self._queue.append((self.now, asked))
                yield self.costs.each_s / 2
        while self._queue and len(self._running) < CONNECTIONS:
            asked = self._queue.popleft()[1]
            self._running.append((self.now + self.costs.statement_s, asked))

    def _take_sample(self) -> None:
        sampled_at, used_s = self._sample
        if self.now < sampled_at + SAMPLE_S:
            return
        waits_s = [self.now - began_at for began_at, _ in self._queue]
        since_s, cpu_s = self.now - sampled_at, self._used_s - used_s
        self.gauge.add(LoadSample(since_s, cpu_s, self._begun, waits_s))
        self._sample, self._begun = (self.now, self._used_s), 0
