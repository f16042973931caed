"""Trends: noise and peaks are no growth, and a slow leak is."""

import numpy as np
import pytest

from tests.soak.trends import find_trend, find_trends

TIMES_S = [5.0 * number for number in range(24)]
NOISE = np.random.default_rng(1).normal(0, 1, len(TIMES_S))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("memory of a process, MiB", 100 + NOISE),
        # It grows while it warms up.
        ("memory of a process, MiB", 100 + np.minimum(np.arange(24), 10) * 5),
        # Of a hundred connections five come and go.
        ("connections", 100 + np.arange(24) % 5),
        # A job takes a lot of memory at the end.
        ("memory of a process, MiB", np.where(np.arange(24) >= 22, 400.0, 100.0)),
        ("jobs that wait", np.zeros(24)),
    ],
)
def test_noise_warm_up_and_peaks_are_no_growth(name, values):
    assert not find_trend(name, TIMES_S, list(values)).is_growing


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("memory of a process, MiB", 100 + NOISE + 0.8 * np.arange(24)),
        ("files of a process", 30 + np.arange(24)),
        # One key in twenty seconds that never expires.
        ("lasting keys of Valkey", np.arange(24) // 4),
    ],
)
def test_a_slow_leak_is_growth(name, values):
    trend = find_trend(name, TIMES_S, list(values))
    assert trend.is_growing
    assert trend.slope == pytest.approx(trend.growth * 3600 / 55)


def test_a_process_that_was_replaced_is_noticed():
    samples = [{"memory of http 7, MiB": 90.0}, {"memory of http 8, MiB": 90.0}]
    with pytest.raises(AssertionError, match=r"http 7.*http 8"):
        find_trends(samples, [0, 5])


def test_a_short_run_may_grow_more():
    samples = [{"files of a process": 30.0 + number} for number in range(24)]
    assert [trend.is_growing for trend in find_trends(samples, TIMES_S)] == [True]
    assert [trend.is_growing for trend in find_trends(samples, TIMES_S, slack=4)] == [False]
