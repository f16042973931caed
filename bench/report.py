"""The results of a run as Markdown and JSON."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.machine import Machine
from bench.ratios import Comparison, Ratio, Result, Sample, Skipped, meets_goal

RESULTS = Path(__file__).with_name("results")


class Report(Struct, frozen=True):
    """The results of a run, with what they depend on."""

    date: str
    commit: str
    took_s: int
    rounds: int
    seconds: float
    generator: str
    rows: dict[str, int]
    machine: Machine
    ratios: list[Ratio]
    skipped: list[Skipped]

    @property
    def results(self) -> list[Result]:
        """All results."""
        return [*self.ratios, *self.skipped]


def write_json(report: Report, path: Path) -> None:
    """Write a report as indented JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")


def read_json(path: Path) -> Report:
    """Read a report. Raises FileNotFoundError."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def format_markdown(report: Report) -> str:
    """Return the report as a page with one table for each topic."""
    topics = list(dict.fromkeys(result.case.topic for result in report.results))
    parts = ["# Results", _format_facts(report)]
    for topic in topics:
        ratios = [r for r in report.ratios if r.case.topic == topic]
        skipped = [s for s in report.skipped if s.case.topic == topic]
        parts += [f"## {topic.capitalize()}"]
        if ratios:
            parts += [f"![Ratios]({topic}.svg)", format_table(ratios)]
        parts += [
            f"Not measured: {s.case.name} beside {s.case.reference}, because {s.reason}."
            for s in skipped
        ]
    return "\n\n".join(parts) + "\n"


def _format_facts(report: Report) -> str:
    machine = report.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    rows = ", ".join(f"{number:,} {name}" for name, number in report.rows.items())
    return (
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gib} GiB, Linux {machine.kernel}, "
        f"Python {machine.python}, {versions}. Measured on {report.date} at commit "
        f"{report.commit} in {report.took_s // 60} min {report.took_s % 60} s, in {report.rounds} "
        f"rounds of {report.seconds:g} s for each case; load average {machine.load} at the start; "
        f"load by {report.generator}. Data: {rows}.\n\n"
        "Each ratio is the median of the rounds' ratios, Veza divided by the reference, with the "
        "lowest and the highest round. CPU is the time of one request: of the server / of "
        "PostgreSQL; its ratio is that of both together, and depends less on other load."
    )


def format_table(ratios: Sequence[Ratio]) -> str:
    """Return ratios as a Markdown table."""
    head = (
        "case",
        "beside",
        "unit",
        "Veza",
        "reference",
        "ratio",
        "range",
        "goal",
        "CPU ratio",
        "CPU in µs",
        "reference's CPU",
        "p50 / p99 in ms",
        "reference's p50 / p99",
    )
    rows = [head, ("---",) * len(head), *map(_format_row, ratios)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _format_row(ratio: Ratio) -> tuple[str, ...]:
    case = ratio.case
    return (
        case.name,
        case.reference,
        case.unit,
        format_number(ratio.ours.value),
        format_number(ratio.theirs.value),
        f"**{ratio.ratio:.2f}**",
        f"{ratio.lowest:.2f} to {ratio.highest:.2f}",
        _format_goal(ratio),
        "" if ratio.cpu_ratio is None else f"{ratio.cpu_ratio:.2f}",
        _format_cpu(ratio.ours),
        _format_cpu(ratio.theirs),
        _format_lags(ratio.ours),
        _format_lags(ratio.theirs),
    )


def _format_goal(ratio: Ratio) -> str:
    is_met = meets_goal(ratio)
    if is_met is None:
        return ""
    said = "met" if is_met else "missed"
    if ratio.case.cpu_goal is not None:
        return f"CPU at most {ratio.case.cpu_goal:g}: {said}"
    bound = "at most" if ratio.case.is_lower_better else "at least"
    return f"{bound} {ratio.case.goal:g}: {said}"


def _format_cpu(sample: Sample) -> str:
    times = (sample.cpu_us, sample.database_us)
    return " / ".join(f"{time:,.0f}" for time in times if time is not None)


def _format_lags(sample: Sample) -> str:
    lags = (sample.p50_ms, sample.p99_ms)
    return " / ".join(f"{lag:,.1f}" for lag in lags if lag is not None)


def format_number(value: float) -> str:
    """Return a number with three significant digits, or all digits before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def format_line(result: Result) -> str:
    """Return a result as a line of text for the terminal."""
    if isinstance(result, Skipped):
        return f"{result.case.name} / {result.case.reference}: skipped, {result.reason}"
    ours, theirs = format_number(result.ours.value), format_number(result.theirs.value)
    return (
        f"{result.case.name} / {result.case.reference}: {result.ratio:.2f} "
        f"({result.lowest:.2f} to {result.highest:.2f}), {ours} / {theirs} {result.case.unit}"
        + (f", CPU {result.cpu_ratio:.2f}" if result.cpu_ratio is not None else "")
    )


def format_comparison(comparisons: Sequence[Comparison]) -> str:
    """Return the comparison with the committed ratios as lines of text, the worst first."""
    lines = [
        f"{'WORSE' if c.is_worse else 'ok':5} {c.measured / c.committed:6.2f} times the committed "
        f"{c.committed:.2f}: {c.measured:.2f} {c.case.key}"
        + (" (lower is better)" if c.case.is_lower_better else "")
        for c in sorted(comparisons, key=lambda c: not c.is_worse)
    ]
    return "\n".join(lines)
