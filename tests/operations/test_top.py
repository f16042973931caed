"""`veza top`: figures between two readings, and an error where no server is."""

import argparse

import pytest
from rich.console import Console

from veza.app.settings.settings import Settings
from veza.cli.top import draw, top
from veza.core.errors import CannotStart
from veza.operations.top_figures import compare, parse_reading

_TEXT = """
# TYPE veza_http_requests_total counter
veza_http_requests_total{{method="GET",route="/a",status="2xx"}} {ok}
veza_http_requests_total{{method="GET",route="/a",status="5xx"}} {failed}
# TYPE veza_http_request_seconds histogram
veza_http_request_seconds_bucket{{le="0.01",method="GET",route="/a"}} {fast}
veza_http_request_seconds_bucket{{le="0.1",method="GET",route="/a"}} {count}
veza_http_request_seconds_bucket{{le="+Inf",method="GET",route="/a"}} {count}
veza_http_request_seconds_count{{method="GET",route="/a"}} {count}
veza_http_request_seconds_sum{{method="GET",route="/a"}} {sum}
# TYPE veza_jobs gauge
veza_jobs{{job="ProcessTrack",status="waiting"}} 3
"""
_BEFORE = parse_reading(_TEXT.format(ok=100, failed=1, fast=80, count=101, sum=5), 10.0)
_AFTER = parse_reading(_TEXT.format(ok=118, failed=3, fast=96, count=121, sum=5.4), 12.0)


def test_figures_are_those_of_the_interval():
    figures = compare(_BEFORE, _AFTER)

    assert (figures.per_second, figures.errors_per_second) == (10, 1)
    assert (figures.median_ms, figures.p95_ms) == (10, 100)
    [route] = figures.routes
    assert (route.name, route.per_second) == ("GET /a", 10)
    assert route.mean_ms == pytest.approx(20)


def test_a_server_that_was_started_again_has_no_negative_rates():
    figures = compare(_AFTER, _BEFORE)

    assert (figures.per_second, figures.median_ms, figures.routes) == (0, None, [])


def test_a_frame_names_jobs_and_routes():
    console = Console(width=100)
    with console.capture() as captured:
        console.print(draw(compare(_BEFORE, _AFTER), "ready"))

    lines = [line.split() for line in captured.get().splitlines()]
    assert ["ProcessTrack", "3", "0", "0", "0", "s"] in lines
    assert ["GET", "/a", "10.0", "20.0", "ms"] in lines


def test_without_a_server_the_error_says_what_to_do():
    arguments = argparse.Namespace(url="http://127.0.0.1:1", once=True, interval=0.0)

    with pytest.raises(CannotStart, match=r"No server answers at http://127.0.0.1:1 .*veza serve"):
        top(Settings(), arguments)
