"""Metrics of requests: in batches, and the same as one by one."""

from prometheus_client import CollectorRegistry, Histogram

from veza.http.layers import request_metrics
from veza.http.layers.request_metrics import REQUEST_METRICS, RequestMetrics

ROUTE = "/test/of/metrics"


def _count(status: str) -> float:
    series = request_metrics._REQUESTS.labels("GET", ROUTE, status)
    return series._value.get()


def _measured(histogram: Histogram) -> list[tuple[str, str, float]]:
    (metric,) = histogram.collect()
    return [
        (sample.name, sample.labels.get("le", ""), sample.value)
        for sample in metric.samples
        if not sample.name.endswith("_created")
    ]


def test_many_durations_fall_into_the_buckets_of_single_ones():
    durations = [0.0, 0.001, 0.002, 0.0021, 0.5, 0.5, 60.0, 60.1, 1000.0]
    options = {"buckets": (0.002, 0.5, 60), "registry": None}
    together = request_metrics._Seconds("test_seconds", "Test.", **options)
    together.observe_all(durations)
    single = Histogram("test_seconds", "Test.", **options | {"registry": CollectorRegistry()})
    for seconds in durations:
        single.observe(seconds)

    assert _measured(together) == _measured(single)


async def test_requests_wait_until_they_are_written():
    before = _count("2xx")
    REQUEST_METRICS.count("GET", ROUTE, 200, 0.01)
    assert _count("2xx") == before
    REQUEST_METRICS.flush()
    assert _count("2xx") == before + 1
    REQUEST_METRICS.flush()
    assert _count("2xx") == before + 1


async def test_so_many_are_written_at_once():
    before = _count("5xx")
    metrics = RequestMetrics()
    for _ in range(request_metrics._MAX_WAITING):
        metrics.count("GET", ROUTE, 503, 0.01)
    assert _count("5xx") == before + request_metrics._MAX_WAITING


def test_without_a_loop_they_are_written_at_once():
    before = _count("none")
    RequestMetrics().count("GET", ROUTE, 0, 0.01)
    assert _count("none") == before + 1
