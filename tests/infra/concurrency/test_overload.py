"""Only what a process can't do is refused: a growing share, the least important requests first."""

import asyncio
from collections.abc import Iterable, Sequence

import pytest

from tests.infra.concurrency.simulated_process import Costs, SimulatedProcess
from tests.infra.waiting import until
from veza.infra.concurrency.overload import (
    CALM_S,
    FEW,
    SAMPLE_S,
    STILL_JOINING,
    Importance,
    LoadSample,
    OverloadGauge,
)
from veza.infra.processes.tasks import running

LIMIT_S = 0.1
CROWD = 10 * FEW
# Draws that refuse any share, and none but the whole.
ANY, WHOLE = 0.0, 0.999


def busy(wait_s: float) -> LoadSample:
    """A turn of the event loop in which a crowd kept this process busy."""
    return LoadSample(SAMPLE_S + wait_s, SAMPLE_S + wait_s, CROWD)


def queued(wait_s: float, *, newcomers: int = STILL_JOINING + 1, others: int = FEW) -> LoadSample:
    """A long queue for connections, which newcomers have joined."""
    return LoadSample(SAMPLE_S, 0.0, newcomers, [wait_s] * others + [0.0] * newcomers)


QUIET = LoadSample(SAMPLE_S, 0.0, 1)
OVERLOAD = [busy(5 * LIMIT_S)] * 10


def gauge_after(
    samples: Iterable[LoadSample], draw: float = ANY, limit_s: float = LIMIT_S
) -> OverloadGauge:
    gauge = OverloadGauge(limit_s, lambda: draw)
    for sample in samples:
        gauge.add(sample)
    return gauge


def refused(gauge: OverloadGauge) -> list[Importance]:
    return [importance for importance in Importance if gauge.refuses(importance)]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([busy(0.11)] * 4, [Importance.EXPLORATION]),
        ([busy(0.11)] * 7, [Importance.EXPLORATION, Importance.ORDINARY]),
        ([busy(0.5)] * 5, list(Importance)),
        ([queued(0.11)] * 8, [Importance.EXPLORATION]),
        ([queued(5.0)] * 15, list(Importance)),
        # The database works too: a quarter of a core is what can be expected of one.
        ([LoadSample(2.0, 0.5, CROWD)] * 5, list(Importance)),
        # Turns that grow threefold are those of a flood: the second one is enough.
        ([busy(0.05), busy(0.3)], [Importance.EXPLORATION, Importance.ORDINARY]),
        # It is no overload any more, but not calm yet.
        ([*OVERLOAD, *[busy(0.05)] * 5], list(Importance)),
    ],
)
def test_what_waits_too_long_for_each_other_is_refused_by_importance(
    samples: Sequence[LoadSample], expected: Sequence[Importance]
) -> None:
    assert refused(gauge_after(samples)) == expected


@pytest.mark.parametrize(
    "samples",
    [
        [],
        # A crowd that is answered in time.
        [busy(0.09)] * 1000,
        [queued(0.09)] * 1000,
        # A burst, however large, and what is left of it.
        [QUIET, busy(10.0)],
        [QUIET, busy(1.0), *[queued(3.0, newcomers=STILL_JOINING)] * 1000],
        # No more than a few at once, however long they wait and whatever they cost.
        [LoadSample(5.0, 5.0, FEW)] * 1000,
        [LoadSample(SAMPLE_S, 0.0, 0, [5.0] * (FEW - 10) + [0.0] * 10)] * 1000,
        # Others keep the machine busy.
        [LoadSample(2.0, 0.02, CROWD)] * 1000,
    ],
)
def test_nothing_is_refused_when_that_would_not_help(samples: Sequence[LoadSample]) -> None:
    gauge = OverloadGauge(LIMIT_S, lambda: ANY)
    for number, sample in enumerate(samples):
        gauge.add(sample)
        assert refused(gauge) == [], number


@pytest.mark.parametrize(
    "few", [LoadSample(SAMPLE_S, SAMPLE_S, FEW), LoadSample(SAMPLE_S, 0.0, 1, [9.0] * CROWD)]
)
def test_all_is_accepted_as_soon_as_only_a_few_are_there_or_come(few: LoadSample) -> None:
    samples = int(CALM_S / SAMPLE_S)

    assert refused(gauge_after([*OVERLOAD, *[few] * (samples // 2)])) == list(Importance)
    assert refused(gauge_after([*OVERLOAD, *[few] * (samples + 1)])) == []


def test_what_is_more_important_is_refused_when_all_less_important_is() -> None:
    gauge = OverloadGauge(LIMIT_S, lambda: WHOLE)
    while not gauge.refuses(Importance.EXPLORATION):
        gauge.add(busy(0.11))
    assert refused(gauge) == [Importance.EXPLORATION]


def test_without_a_limit_nothing_is_refused() -> None:
    assert refused(gauge_after([busy(60)] * 100, limit_s=0)) == []


@pytest.mark.long
async def test_a_process_is_sampled() -> None:
    gauge, waits_s = OverloadGauge(LIMIT_S, lambda: ANY), [5.0] * FEW + [0.0] * FEW
    async with running(gauge.watch(lambda: waits_s)):
        await until(lambda: gauge.refuses(Importance.VITAL))
        waits_s.clear()
        await until(lambda: not refused(gauge))
        # Each sample counts the requests since the last one, and the CPU time that they took.
        while not refused(gauge):
            for _ in range(CROWD):
                gauge.begin()
            sum(range(10_000_000))
            await asyncio.sleep(0)


FAST, SLOW_DATABASE = Costs(), Costs(statement_s=0.02)
DEFAULT_S = 0.25


@pytest.mark.parametrize("limit_s", [LIMIT_S, DEFAULT_S])
@pytest.mark.parametrize(
    "costs", [FAST, Costs(share=0.3), SLOW_DATABASE, Costs(statement_s=0.2), Costs(each_s=0.01)]
)
def test_of_three_times_the_capacity_the_important_is_answered_in_time(
    limit_s: float, costs: Costs
) -> None:
    process = SimulatedProcess(limit_s, costs)
    process.offer(3 * costs.capacity, 20)
    ended_at = process.now
    process.ask_in_turn(int(2 * CALM_S / (costs.each_s + costs.statement_s)))

    for times in process.accepted.values():
        assert sorted(times)[int(0.99 * len(times))] < 2.5
    exploring, ordinary, vital = (
        process.refused[each] / (process.refused[each] + len(process.accepted[each]))
        for each in Importance
    )
    assert exploring > ordinary > vital
    assert exploring > 0.6
    assert vital < 0.6
    # Then all is accepted again: a single visitor, who asks for a while.
    assert process.refused_at < ended_at + CALM_S + 0.2


@pytest.mark.parametrize("costs", [FAST, Costs(share=0.3), SLOW_DATABASE])
def test_what_a_process_can_do_is_not_refused(costs: Costs) -> None:
    process = SimulatedProcess(LIMIT_S, costs)
    process.offer(0.9 * costs.capacity, 5)
    assert process.refused.total() == 0


@pytest.mark.parametrize("crowd", [40, 200, 1000])
@pytest.mark.parametrize("share", [1.0, 0.05])
def test_a_crowd_at_a_cold_process_and_the_visitor_after_it_are_answered(
    crowd: int, share: float
) -> None:
    process = SimulatedProcess(DEFAULT_S, Costs(each_s=0.005, statement_s=0.1, share=share))
    process.offer_at_once(crowd)
    process.ask_in_turn(20)
    assert process.refused.total() == 0
