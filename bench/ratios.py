"""Ratios between Veza and a reference, measured in the same rounds, and their comparison."""

from collections.abc import Awaitable, Callable, Sequence
from statistics import median

from msgspec import Struct

# How much worse a ratio may be than the committed one, as a share of it.
TOLERANCE = 0.25


class Sample(Struct, frozen=True, omit_defaults=True):
    """The result of one server in one round; the CPU times are those of one request."""

    value: float
    cpu_us: float | None = None
    database_us: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None

    @property
    def total_cpu_us(self) -> float | None:
        """CPU time of the server and PostgreSQL."""
        if self.cpu_us is None:
            return None
        return self.cpu_us + (self.database_us or 0.0)


class Case(Struct, frozen=True, omit_defaults=True):
    """A case to measure: its name, unit, reference, and the goal of the ratio.

    `cpu_goal` is the most CPU of server and PostgreSQL, as a multiple of the reference's. A case
    has it in place of `goal` where PostgreSQL works for both, because it depends less on other
    load.
    """

    topic: str
    name: str
    reference: str
    unit: str = "requests/s"
    is_lower_better: bool = False
    goal: float | None = None
    cpu_goal: float | None = None

    @property
    def key(self) -> str:
        """The identity of the case among all results."""
        return f"{self.topic}: {self.name} / {self.reference}"


class Ratio(Struct, frozen=True):
    """The median of the rounds' ratios, their range, and the medians of both sides.

    `cpu_ratio` is that of the CPU time of a request, of server and PostgreSQL together. It
    depends less on other load of the machine.
    """

    case: Case
    ratio: float
    lowest: float
    highest: float
    cpu_ratio: float | None
    ours: Sample
    theirs: Sample


class Skipped(Struct, frozen=True):
    """A case that was not measured, and why."""

    case: Case
    reason: str


class Comparison(Struct, frozen=True):
    """A ratio beside the committed one."""

    case: Case
    committed: float
    measured: float
    is_worse: bool


type Result = Ratio | Skipped
type Measure = Callable[[], Awaitable[Sample]]


class Rounds(Struct, frozen=True):
    """The samples of each measure in every round, and why measures failed."""

    samples: dict[str, list[Sample]]
    failures: dict[str, str]

    def ratio(self, case: Case, ours: str, theirs: str) -> Result:
        """Return the ratio of two measures, or why there is none."""
        for name in (ours, theirs):
            if name in self.failures:
                return Skipped(case, self.failures[name])
        return compute_ratio(case, self.samples[ours], self.samples[theirs])


async def measure_rounds(rounds: int, measures: dict[str, Measure]) -> Rounds:
    """Run all measures in every round, in alternating order, after one run that doesn't count.

    Neighbours in time share the state of the machine, and the order cancels a drift. A measure
    that raises RuntimeError in a round is not run again.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in measures}
    failures: dict[str, str] = {}
    for number in range(rounds + 1):
        print(f"round {number} of {rounds}" if number else "warming up", flush=True)
        names = list(measures) if number % 2 == 0 else list(reversed(measures))
        for name in names:
            if name in failures:
                continue
            try:
                sample = await measures[name]()
            except RuntimeError as error:
                # Once more where only the first run failed, with all its connections to open.
                if number > 0:
                    failures[name] = reason_of(error)
                continue
            if number > 0:
                samples[name].append(sample)
    return Rounds(samples, failures)


def reason_of(error: Exception) -> str:
    """Return the message of an error on one line, short and without paths of this machine."""
    words = str(error).split()
    return " ".join(word for word in words if word.startswith("/api/") or "/" not in word)[:200]


def compute_ratio(case: Case, ours: Sequence[Sample], theirs: Sequence[Sample]) -> Result:
    """Return the median of the ratios of each round."""
    pairs = [(our.value, their.value) for our, their in zip(ours, theirs, strict=True)]
    if not pairs or any(their <= 0 for _, their in pairs):
        return Skipped(case, "the reference has no result")
    ratios = [our / their for our, their in pairs]
    return Ratio(
        case=case,
        ratio=median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
        cpu_ratio=_cpu_ratio(ours, theirs),
        ours=median_of(ours),
        theirs=median_of(theirs),
    )


def _cpu_ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> float | None:
    pairs = [
        (our.total_cpu_us, their.total_cpu_us) for our, their in zip(ours, theirs, strict=True)
    ]
    ratios = [our / their for our, their in pairs if our is not None and their]
    return median(ratios) if len(ratios) == len(pairs) else None


def median_of(samples: Sequence[Sample]) -> Sample:
    """Return the median of every field; None where a sample lacks it."""
    fields: dict[str, float | None] = {}
    for name in Sample.__struct_fields__:
        values = [value for s in samples if (value := getattr(s, name)) is not None]
        fields[name] = median(values) if len(values) == len(samples) else None
    return Sample(value=fields.pop("value") or 0.0, **fields)


def meets_goal(ratio: Ratio) -> bool | None:
    """Return whether a ratio reaches its goal, or None without one."""
    if ratio.case.cpu_goal is not None:
        return None if ratio.cpu_ratio is None else ratio.cpu_ratio <= ratio.case.cpu_goal
    if ratio.case.goal is None:
        return None
    if ratio.case.is_lower_better:
        return ratio.ratio <= ratio.case.goal
    return ratio.ratio >= ratio.case.goal


def compare(
    committed: Sequence[Result], measured: Sequence[Result], tolerance: float = TOLERANCE
) -> list[Comparison]:
    """Compare the ratios that both contain."""
    known = {r.case.key: r.ratio for r in committed if isinstance(r, Ratio)}
    return [
        Comparison(
            case=r.case,
            committed=known[r.case.key],
            measured=r.ratio,
            is_worse=_is_worse(r, known[r.case.key], tolerance),
        )
        for r in measured
        if isinstance(r, Ratio) and r.case.key in known
    ]


def _is_worse(ratio: Ratio, committed: float, tolerance: float) -> bool:
    if ratio.case.is_lower_better:
        return ratio.ratio > committed * (1 + tolerance)
    return ratio.ratio < committed * (1 - tolerance)
