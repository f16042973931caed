"""The log event of a request: more in development, nothing new in production."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.core.ids import new_id
from veza.http.request_log import RequestLogMiddleware


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
