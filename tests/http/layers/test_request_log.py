"""The log event of a request: more in development, nothing new in production."""

from typing import Any

import pytest
from litestar import get
from msgspec import structs
from structlog.testing import capture_logs

from tests.http.apps import assemble, calling
from tests.support.addresses import own_address
from veza.app.services import Services
from veza.core.ids import new_id
from veza.http.layers.request_log import RequestLogMiddleware
from veza.infra.concurrency.overload import OverloadGauge


async def _log_of(app: Any, path: str) -> tuple[dict[str, Any], int]:
    """Request a path; return the event that was logged, and the size of the body."""
    async with calling(app) as client:
        with capture_logs() as logs:
            answer = await client.get(path)
    [event] = [log for log in logs if log["event"] == "request"]
    return event, len(answer.content)


async def test_development_logs_the_path_with_its_ids_and_the_bytes(services: Services) -> None:
    track_id = new_id()

    event, size = await _log_of(assemble(services)[1], f"tracks/{track_id}")

    assert (event["method"], event["status"]) == ("GET", 404)
    assert event["route"] == "/api/v1/tracks/{track_id}"
    assert event["path"] == f"/api/v1/tracks/{track_id}"
    assert event["bytes"] == size > 0
    assert event["ms"] >= 0


@pytest.mark.parametrize(
    ("path", "shown"),
    [("cloud/shared/a-secret", "/api/v1/cloud/shared/{token}"), ("a-secret", "unknown")],
)
async def test_parameters_that_may_be_secrets_are_not_logged(
    services: Services, path: str, shown: str
) -> None:
    event, _ = await _log_of(assemble(services)[1], path + "?token=a-secret")

    assert event["path"] == shown
    assert "a-secret" not in str(event)


async def test_production_logs_neither_path_nor_bytes(services: Services) -> None:
    app = RequestLogMiddleware(assemble(services)[0], is_production=True)

    event, _ = await _log_of(app, "health")

    assert event.keys() == {"event", "log_level", "method", "route", "status", "ms"}


@get("/api/v1/broken", credentials="ignored")
async def broken() -> None:
    raise RuntimeError


_ID = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"api/v1/tracks/{_ID}", 404, "track_not_found"),
        ("GET", f"api/v1/tracks/{_ID}?x=1", 404, "track_not_found"),
        ("GET", "api/v1/users/me", 401, "unauthenticated"),
        ("GET", "api/v1/tracks?limit=x", 400, "invalid_input"),
        ("POST", "api/v1/auth/login", 400, "invalid_input"),
        ("DELETE", "api/v1/tracks", 405, "method_not_allowed"),
        ("GET", "api/v1/nowhere", 404, "not_found"),
        ("GET", "api/v1/chat/ws", 426, "upgrade_required"),
        ("GET", "api/v1/broken", 500, "internal_error"),
        # Players get a failure with status 200, browsers a page.
        ("GET", "rest/ping", 200, "parameter_missing"),
        ("GET", f"tracks/{_ID}", 404, "track_not_found"),
        ("GET", f"embed/tracks/{_ID}", 404, "track_not_found"),
        ("GET", "nowhere/at/all", 404, "not_found"),
    ],
)
async def test_the_line_of_a_refused_request_has_the_code_of_its_error(
    services: Services, method: str, path: str, status: int, code: str
) -> None:
    app = assemble(services, routes=[broken])[1]
    async with calling(app, path="/") as client:
        with capture_logs() as logs:
            await client.request(method, path, headers={"sec-fetch-mode": "navigate"})
    [line] = [log for log in logs if log["event"] == "request"]

    assert (line["status"], line["code"]) == (status, code)


async def test_limits_and_overloads_name_their_code_too(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = structs.replace(services.settings, rate_limit_per_ip=1)
    with capture_logs() as logs:
        async with calling(assemble(services, settings)[1], peer=own_address()) as client:
            for _ in range(3):
                await client.get("tracks")
        monkeypatch.setattr(OverloadGauge, "severity", 3.0)
        monkeypatch.setattr(OverloadGauge, "refuses", lambda *_: True)
        async with calling(assemble(services)[1]) as client:
            await client.get("tracks")
    lines = [log for log in logs if log["event"] == "request"]

    assert (lines[0]["status"], "code" in lines[0]) == (200, False)
    assert (lines[-2]["status"], lines[-2]["code"]) == (429, "rate_limited")
    assert (lines[-1]["status"], lines[-1]["code"]) == (503, "overloaded")
