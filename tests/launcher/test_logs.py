"""Logs: one line for each event, without secrets."""

import subprocess
import sys

import msgspec
import pytest

from veza.infra.logs.request_lines import RequestLine
from veza.launcher.logs import DevelopmentRenderer, encode_request, format_size

PROGRAM = """
import structlog
from veza.launcher.logs import configure_logs
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings

def sign_in(password):
    raise ValueError("no such member")

configure_logs(Settings(env=Environment("{environment}")))
log = structlog.get_logger()
log.debug("whispered")
log.info("said", number=5)
try:
    sign_in("sword" + "fish")
except ValueError as error:
    log.error("crash", exc_info=error)
"""


def _run(environment: str) -> str:
    program = PROGRAM.format(environment=environment)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b""
    return done.stderr.decode()


@pytest.mark.parametrize("environment", ["development", "test", "production"])
def test_a_crash_is_logged_with_its_place_and_without_the_values_of_variables(
    environment: str,
) -> None:
    written = _run(environment)

    assert "no such member" in written
    assert "sign_in" in written
    assert "swordfish" not in written


def test_production_logs_one_json_object_an_event() -> None:
    said, crash = (msgspec.json.decode(line) for line in _run("production").splitlines())

    assert (said["event"], said["number"], said["level"]) == ("said", 5, "info")
    assert said["timestamp"].endswith("Z")
    assert (crash["event"], crash["level"]) == ("crash", "error")
    assert crash["exception"][0]["exc_type"] == "ValueError"


def _request(**changes: object) -> dict[str, object]:
    return {
        "event": "request",
        "level": "info",
        "timestamp": "2026-03-01T12:34:56.789012Z",
        "method": "GET",
        "route": "/api/v1/tracks/{track_id}",
        "path": "/api/v1/tracks/01a21cdf-e08e-7541-8d66-d6e49b26e84a",
        "status": 200,
        "ms": 1.5,
        "bytes": 1234,
        "request_id": "01a21cdf-e08e-7541-8d66-d6e49b26e84a",
    } | changes


def test_a_request_is_one_compact_line_in_development() -> None:
    line = DevelopmentRenderer(has_colors=False)(None, "info", _request())

    path = "/api/v1/tracks/01a21cdf-e08e-7541-8d66-d6e49b26e84a"
    assert line == f"12:34:56 GET     200      1.5 ms   1.2 kB {path} 9b26e84a"


def test_a_request_that_was_refused_names_the_error() -> None:
    line = RequestLine("GET", "/said", 404, 1.5, "id-of-this", "track_not_found")
    assert msgspec.json.decode(encode_request(line))["code"] == "track_not_found"

    shown = DevelopmentRenderer(has_colors=False)(
        None, "info", _request(status=404, path="/said", code="track_not_found")
    )
    assert shown == "12:34:56 GET     404      1.5 ms   1.2 kB /said track_not_found 9b26e84a"


@pytest.mark.parametrize(
    ("status", "color"), [(201, "32"), (304, "36"), (404, "33"), (503, "31"), (0, "31")]
)
def test_the_status_of_a_request_is_coloured_in_a_terminal(status: int, color: str) -> None:
    line = DevelopmentRenderer(has_colors=True)(None, "info", _request(status=status))

    assert f"\x1b[{color}m{status:>3}\x1b[0m" in line


def test_other_events_are_rendered_with_their_fields_in_development() -> None:
    line = DevelopmentRenderer(has_colors=False)(
        None, "info", {"event": "migrated", "level": "info", "migration": "0001_begin"}
    )

    assert "migrated" in line
    assert "migration=0001_begin" in line


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (34_000_000, "34.0 MB")]
)
def test_sizes_are_formatted_with_a_unit(size: int, words: str) -> None:
    assert format_size(size) == words


REQUESTS = """
import asyncio
import structlog
from veza.launcher.logs import configure_logs
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.http.layers.request_log import RequestLogMiddleware

async def app(scope, receive, send):
    scope["path_template"] = "/said"
    structlog.get_logger().warning("beside", a=1)
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b"four"}})

async def main():
    async def send(_): ...
    logged = RequestLogMiddleware(app, is_production={is_production})
    headers = [(b"x-request-id", b"id-of-this")]
    await logged({{"type": "http", "method": "GET", "headers": headers}}, None, send)
    structlog.get_logger().error("after")

configure_logs(Settings(env=Environment("{environment}"), log_level="{level}"))
asyncio.run(main())
"""


def _serve_one(environment: str, level: str) -> list[str]:
    program = REQUESTS.format(
        environment=environment, level=level, is_production=environment == "production"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return done.stderr.decode().splitlines()


def test_the_line_of_a_request_is_json_in_production_and_in_the_order_of_events() -> None:
    beside, request, after = map(msgspec.json.decode, _serve_one("production", "info"))

    assert (beside["event"], beside["request_id"]) == ("beside", "id-of-this")
    assert request.pop("timestamp").endswith("Z")
    assert request.pop("ms") >= 0
    assert request == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/said",
        "status": 200,
        "request_id": "id-of-this",
    }
    assert after["event"] == "after"


def test_the_line_of_a_request_is_readable_in_development() -> None:
    _, request, _ = _serve_one("development", "info")

    assert " GET     200 " in request
    assert request.endswith(" 4 B /said -of-this")


def test_above_their_level_requests_are_not_logged() -> None:
    lines = _serve_one("production", "warning")
    assert [msgspec.json.decode(line)["event"] for line in lines] == ["beside", "after"]
