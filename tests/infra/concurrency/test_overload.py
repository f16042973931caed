"""An overload refuses a growing share, the least important first, and ends when the wait does."""

import asyncio

import pytest

from tests.infra.waiting import until
from veza.infra.concurrency.overload import Importance, OverloadGauge
from veza.infra.processes.tasks import running

LIMIT_S = 0.1
# Draws that refuse any share, and none but the whole.
ANY, WHOLE = 0.0, 0.999


def gauge_after(*delays_s: float, draw: float = ANY) -> OverloadGauge:
    gauge = OverloadGauge(LIMIT_S, lambda: draw)
    for delay_s in delays_s:
        gauge.add(delay_s)
    return gauge


def refused(gauge: OverloadGauge) -> list[Importance]:
    return [importance for importance in Importance if gauge.refuses(importance)]


@pytest.mark.parametrize(
    ("delays_s", "expected"),
    [
        ([], []),
        ([0.09] * 1000, []),
        # A pause is no overload, however long.
        ([10.0], []),
        ([0.11] * 8, [Importance.EXPLORATION]),
        ([0.11] * 20, [Importance.EXPLORATION, Importance.ORDINARY]),
        ([0.5] * 15, list(Importance)),
        # It does not grow for ever, so it ends soon.
        ([0.5] * 1000 + [0.0] * 80, []),
    ],
)
def test_the_share_grows_by_importance(delays_s: list[float], expected: list[Importance]) -> None:
    assert refused(gauge_after(*delays_s)) == expected


def test_what_is_more_important_is_refused_when_all_less_important_is() -> None:
    gauge = OverloadGauge(LIMIT_S, lambda: WHOLE)
    while not gauge.refuses(Importance.EXPLORATION):
        gauge.add(0.2)
    assert refused(gauge) == [Importance.EXPLORATION]


def test_without_a_limit_nothing_is_refused() -> None:
    gauge = OverloadGauge(0, lambda: ANY)
    for _ in range(100):
        gauge.add(60)
    assert refused(gauge) == []


async def test_what_is_waited_for_is_sampled() -> None:
    gauge, waited_s = OverloadGauge(LIMIT_S, lambda: ANY), [5.0]
    async with running(gauge.watch(lambda: waited_s[0])):
        await until(lambda: gauge.refuses(Importance.VITAL))
        waited_s[0] = 0.0
        await until(lambda: not refused(gauge))
        await asyncio.sleep(0)
