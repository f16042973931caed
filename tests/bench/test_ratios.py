"""Ratios of benchmarks and their comparison with committed ones."""

import asyncio

import pytest
from msgspec import structs

from bench.ratios import (
    Ratio,
    Sample,
    Skipped,
    compare,
    compute_ratio,
    measure_rounds,
    median_of,
    meets_goal,
    reason_of,
)
from tests.bench.make_results import case_of, ratio_of


def _samples(*values: float) -> list[Sample]:
    return [Sample(value) for value in values]


def test_the_ratio_is_the_median_of_the_ratios_of_each_round():
    # The machine was three times slower in the last round, for both.
    found = compute_ratio(case_of(), _samples(100, 120, 30), _samples(200, 200, 50))
    assert isinstance(found, Ratio)
    assert (found.ratio, found.lowest, found.highest) == (0.6, 0.5, 0.6)
    assert (found.ours.value, found.theirs.value) == (100, 200)


def test_the_ratio_of_cpu_time_includes_the_database():
    ours = [Sample(1, cpu_us=300, database_us=100)]
    theirs = [Sample(1, cpu_us=150, database_us=50)]
    found = compute_ratio(case_of(), ours, theirs)
    assert isinstance(found, Ratio)
    assert found.cpu_ratio == 2


def test_there_is_no_ratio_of_cpu_time_if_a_side_did_not_measure_it():
    found = compute_ratio(case_of(), [Sample(1, cpu_us=300)], _samples(1))
    assert isinstance(found, Ratio)
    assert found.cpu_ratio is None


@pytest.mark.parametrize("theirs", [_samples(0, 5), []])
def test_a_reference_without_result_is_skipped(theirs: list[Sample]):
    found = compute_ratio(case_of(), _samples(1, 2)[: len(theirs)], theirs)
    assert isinstance(found, Skipped)


def test_a_different_number_of_rounds_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        compute_ratio(case_of(), _samples(1, 2), _samples(1))


def test_medians_are_of_each_field():
    found = median_of([Sample(1, p99_ms=9), Sample(3, p99_ms=7), Sample(2, p99_ms=8)])
    assert found == Sample(2, p99_ms=8)


@pytest.mark.parametrize(
    ("value", "is_lower_better", "goal", "expected"),
    [
        (0.9, False, 1.0, False),
        (1.0, False, 1.0, True),
        (1.2, True, 1.1, False),
        (1.1, True, 1.1, True),
        (1.0, True, None, None),
    ],
)
def test_goals_bound_ratios_on_the_side_that_is_worse(
    value: float, is_lower_better: bool, goal: float | None, expected: bool | None
):
    case = case_of(is_lower_better=is_lower_better, goal=goal)
    assert meets_goal(ratio_of(value, case)) is expected


@pytest.mark.parametrize(("cpu_goal", "expected"), [(0.5, True), (0.49, False)])
def test_goals_of_the_cpu_bound_its_ratio_and_not_that_of_the_requests(
    cpu_goal: float, expected: bool
):
    ratio = ratio_of(0.01, case_of(cpu_goal=cpu_goal))
    assert meets_goal(ratio) is expected
    assert meets_goal(structs.replace(ratio, cpu_ratio=None)) is None


@pytest.mark.parametrize(
    ("measured", "is_lower_better", "expected"),
    [
        (0.76, False, False),
        (0.74, False, True),
        (9.0, False, False),
        (1.24, True, False),
        (1.26, True, True),
        (0.1, True, False),
    ],
)
def test_a_quarter_worse_than_committed_is_worse(
    measured: float, is_lower_better: bool, expected: bool
):
    case = case_of(is_lower_better=is_lower_better)
    (found,) = compare([ratio_of(1.0, case)], [ratio_of(measured, case)])
    assert found.is_worse is expected


def test_only_cases_in_both_runs_are_compared():
    committed = [ratio_of(1, case_of("a")), ratio_of(1, case_of("b")), Skipped(case_of("c"), "x")]
    measured = [ratio_of(1, case_of("b")), ratio_of(1, case_of("c")), Skipped(case_of("a"), "x")]
    assert [c.case.name for c in compare(committed, measured)] == ["b"]


def test_rounds_alternate_in_order_and_the_first_does_not_count():
    calls: list[str] = []

    async def measure(name: str) -> Sample:
        calls.append(name)
        return Sample(len(calls))

    measures = {"a": lambda: measure("a"), "b": lambda: measure("b")}
    rounds = asyncio.run(measure_rounds(2, measures))
    assert "".join(calls) == "abbaab"
    assert rounds.samples == {"a": _samples(4, 5), "b": _samples(3, 6)}


def test_a_measure_that_fails_is_skipped_with_its_reason():
    calls: list[int] = []

    async def fail() -> Sample:
        calls.append(1)
        raise RuntimeError("status 503")

    async def succeed() -> Sample:
        return Sample(2)

    rounds = asyncio.run(measure_rounds(3, {"ours": succeed, "theirs": fail}))
    assert rounds.ratio(case_of(), "ours", "theirs") == Skipped(case_of(), "status 503")
    # The run that doesn't count, and the first round.
    assert len(calls) == 2


def test_the_reason_of_a_failure_names_no_path():
    error = RuntimeError("/api/v1/tracks: no response,\n see /tmp/some/file or file:/etc/x")
    assert reason_of(error) == "/api/v1/tracks: no response, see or"


def test_a_measure_that_fails_only_before_the_first_round_counts():
    results = iter([None, 1.0, 2.0])

    async def fail_once() -> Sample:
        if (value := next(results)) is None:
            raise RuntimeError("no connection")
        return Sample(value)

    rounds = asyncio.run(measure_rounds(2, {"a": fail_once}))
    assert rounds.samples == {"a": _samples(1, 2)}
    assert rounds.failures == {}
