"""Makes results of benchmarks."""

from bench.ratios import Case, Ratio, Sample


def case_of(
    name: str = "tracks",
    *,
    is_lower_better: bool = False,
    goal: float | None = None,
    cpu_goal: float | None = None,
) -> Case:
    return Case("reads", name, "Gin", is_lower_better=is_lower_better, goal=goal, cpu_goal=cpu_goal)


def ratio_of(value: float, case: Case | None = None) -> Ratio:
    return Ratio(
        case=case or case_of(),
        ratio=value,
        lowest=value * 0.9,
        highest=value * 1.1,
        cpu_ratio=0.5,
        ours=Sample(1000 * value, cpu_us=300.0, database_us=100.0, p50_ms=5.0, p99_ms=20.0),
        theirs=Sample(1000.0),
    )
