"""The figures of `veza top`, for the interval between two readings of a server's metrics."""

from collections.abc import Mapping, Sequence
from math import inf

from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

_REQUESTS = "veza_http_requests_total"
_SECONDS = "veza_http_request_seconds"
_CPU = "veza_process_cpu_seconds_total"
_MAX_ROUTES = 8

type Labels = Mapping[str, str]


class Reading(Struct, frozen=True):
    """The samples of all metrics by name, at a moment in seconds."""

    at: float
    samples: Mapping[str, Sequence[tuple[Labels, float]]]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of the samples that have these labels."""
        found = self.samples.get(name, ())
        return sum(value for given, value in found if labels.items() <= given.items())

    def by(self, label: str, name: str, **labels: str) -> dict[str, float]:
        """Return the sums for each value of a label."""
        sums: dict[str, float] = {}
        for given, value in self.samples.get(name, ()):
            if labels.items() <= given.items() and label in given:
                sums[given[label]] = sums.get(given[label], 0.0) + value
        return sums


class RouteFigures(Struct, frozen=True):
    """The requests of a route in an interval."""

    name: str
    per_second: float
    mean_ms: float


class TopFigures(Struct, frozen=True):
    """The figures of an interval that ends with the reading `last`."""

    last: Reading
    per_second: float
    errors_per_second: float
    median_ms: float | None
    p95_ms: float | None
    cpu: Mapping[str, float]
    job_attempts_per_second: float
    routes: Sequence[RouteFigures]


def parse_reading(text: str, at: float) -> Reading:
    """Return the samples of a text in the format of Prometheus."""
    samples: dict[str, list[tuple[Labels, float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append((sample.labels, sample.value))
    return Reading(at, samples)


def compare(former: Reading, last: Reading) -> TopFigures:
    """Return the figures of the interval between two readings, with the most frequent routes."""
    elapsed_s = max(last.at - former.at, 0.001)

    def rate(name: str, **labels: str) -> float:
        # A server that was started again counts from 0.
        return max(0.0, last.total(name, **labels) - former.total(name, **labels)) / elapsed_s

    before = former.by("process", _CPU)
    after = last.by("process", _CPU)
    return TopFigures(
        last=last,
        per_second=rate(_REQUESTS),
        errors_per_second=rate(_REQUESTS, status="5xx"),
        median_ms=_find_quantile(former, last, 0.5),
        p95_ms=_find_quantile(former, last, 0.95),
        cpu={
            name: max(0.0, used - before.get(name, 0.0)) / elapsed_s for name, used in after.items()
        },
        job_attempts_per_second=rate("veza_job_attempts_total"),
        routes=_list_routes(former, last, elapsed_s)[:_MAX_ROUTES],
    )


def _find_quantile(former: Reading, last: Reading, share: float) -> float | None:
    """Return the upper bound in ms of the bucket that a share of the requests is within."""
    name = f"{_SECONDS}_bucket"
    before = former.by("le", name)
    after = last.by("le", name)
    counts = sorted((float(le), count - before.get(le, 0.0)) for le, count in after.items())
    if not counts or counts[-1][1] <= 0:
        return None
    wanted = share * counts[-1][1]
    return next((bound * 1000 for bound, count in counts if count >= wanted), inf)


def _list_routes(former: Reading, last: Reading, elapsed_s: float) -> list[RouteFigures]:
    counts, sums = (_by_route(last, part, former) for part in ("count", "sum"))
    routes = [
        RouteFigures(
            f"{method} {path}", count / elapsed_s, sums.get((method, path), 0.0) / count * 1000
        )
        for (method, path), count in counts.items()
        if count > 0
    ]
    return sorted(routes, key=lambda route: (-route.per_second, route.name))


def _by_route(last: Reading, part: str, former: Reading) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for sign, reading in ((1, last), (-1, former)):
        for labels, value in reading.samples.get(f"{_SECONDS}_{part}", ()):
            key = (labels["method"], labels["route"])
            found[key] = found.get(key, 0.0) + sign * value
    return found
