"""A worker on a machine of its own answers health checks and metrics, where a setting says so."""

import httpx
import pytest

from tests.journeys.served import free_port
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.launcher.worker_metrics import serving_metrics


async def test_health_and_metrics_are_answered_and_nothing_else() -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        async with serving_metrics(address):
            answers = {
                path: await client.get(path) for path in ("/healthz", "/metrics", "/api/v1/tracks")
            }
            with pytest.raises(CannotStart, match="VEZA_WORKER_METRICS_ADDRESS"):
                await serving_metrics(address).__aenter__()
        with pytest.raises(httpx.ConnectError):
            await client.get("/healthz")

    assert {path: answer.status_code for path, answer in answers.items()} == {
        "/healthz": 200,
        "/metrics": 200,
        "/api/v1/tracks": 404,
    }
    assert "veza_job_attempts_total" in answers["/metrics"].text
    assert answers["/metrics"].headers["content-type"].startswith("text/plain")


async def test_without_the_setting_nothing_listens(settings: Settings) -> None:
    assert settings.worker_metrics_address is None
    async with serving_metrics(settings.worker_metrics_address):
        pass
