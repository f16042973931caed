"""Calls are counted by their result, and measured whatever it is."""

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram

from veza.core.errors import OutOfSpace, Unavailable
from veza.infra.metrics.calls import CallMetrics


def test_a_call_is_counted_by_the_first_result_that_fits():
    registry = CollectorRegistry()
    metrics = CallMetrics(
        Counter("calls", "Calls.", ["name", "result"], registry=registry),
        Histogram("seconds", "Duration.", ["name"], registry=registry),
        {OutOfSpace: "full", Unavailable: "unavailable"},
        otherwise="error",
    )
    metrics.declare("read")

    def count(result: str) -> float | None:
        return registry.get_sample_value("calls_total", {"name": "read", "result": result})

    assert [count(each) for each in ("ok", "full", "unavailable")] == [0, 0, 0]
    with metrics.measure("read"):
        pass
    for error in (OutOfSpace(), Unavailable(), Unavailable(), ValueError(), KeyboardInterrupt()):
        with pytest.raises(type(error)), metrics.measure("read"):
            raise error
    assert [count(each) for each in ("ok", "full", "unavailable", "error")] == [1, 1, 2, 2]
    assert registry.get_sample_value("seconds_count", {"name": "read"}) == 6
