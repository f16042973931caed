"""Liveness, readiness and deep health checks."""

import asyncio
from datetime import datetime
from typing import Any

import httpx
import msgspec
import pytest

from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.infra.postgres import database as db
from veza.infra.storage.objects import Storage


async def _get(services: Services, path: str) -> httpx.Response:
    async with calling(assemble(services)[1]) as client:
        return await client.get(path)


def _data(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["success"] is True
    return body["data"]


async def test_everything_is_healthy(client: httpx.AsyncClient) -> None:
    assert _data(await client.get("health"), 200) == {"status": "ok"}
    assert _data(await client.get("healthz"), 200) == {"status": "ok"}
    assert _data(await client.get("readyz"), 200) == {"status": "ready"}
    deep = _data(await client.get("health/deep"), 200)
    assert deep["status"] == "healthy"
    assert datetime.fromisoformat(deep["timestamp"])
    assert deep["timestamp"].endswith("Z")
    assert set(deep["checks"]) == {"database", "redis", "storage", "disk"}
    assert {check["status"] for check in deep["checks"].values()} == {"ok"}
    assert deep["config"]["money_mode"] == "test"
    assert deep["config"]["paid_products_are_free"] is False, "This is no production."


async def test_health_asks_no_dependency(no_database: Services, no_valkey: Services) -> None:
    for services in (no_database, no_valkey):
        assert _data(await _get(services, "health"), 200) == {"status": "ok"}
        assert _data(await _get(services, "healthz"), 200) == {"status": "ok"}


async def test_without_the_cache_it_is_degraded(no_valkey: Services) -> None:
    assert _data(await _get(no_valkey, "readyz"), 200) == {"status": "degraded"}
    deep = _data(await _get(no_valkey, "health/deep"), 200)
    assert deep["status"] == "degraded"
    assert deep["checks"]["redis"]["status"] == "error"
    assert deep["checks"]["database"]["status"] == "ok"


async def test_without_the_database_it_is_not_ready(no_database: Services) -> None:
    assert _data(await _get(no_database, "readyz"), 503) == {"status": "not_ready"}
    deep = _data(await _get(no_database, "health/deep"), 503)
    assert deep["status"] == "unhealthy"
    assert deep["checks"]["database"]["status"] == "error"


@pytest.mark.long
async def test_an_unresponsive_dependency_times_out(services: Services) -> None:
    async def stay_silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        writer.close()

    server = await asyncio.start_server(stay_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with db.connect(f"postgresql://a:b@127.0.0.1:{port}/c") as silent:
        changed = msgspec.structs.replace(services, database=silent)
        answer = await _get(changed, "readyz")
    server.close()

    assert _data(answer, 503) == {"status": "not_ready"}


async def test_health_is_not_cached(services: Services) -> None:
    for path in ("readyz", "health/deep", "metrics"):
        answer = await _get(services, path)
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == "no-store"


async def test_the_summary_of_the_settings_holds_no_secret(
    services: Services,
) -> None:
    secret = "a secret that signs all the tokens"
    settings = msgspec.structs.replace(
        services.settings, jwt_secret=secret, admin_password="swordfish"
    )
    answer = await _get(msgspec.structs.replace(services, settings=settings), "health/deep")

    assert _data(answer, 200)["config"]["jwt_secret_set"] is True
    for word in (secret, "swordfish", "postgresql://", "unix://", str(settings.data_dir)):
        assert word not in answer.text


async def test_a_bad_token_is_ignored(services: Services) -> None:
    async with calling(assemble(services)[1]) as client:
        for path in ("health", "readyz", "health/deep", "metrics"):
            answer = await client.get(path, headers={"Authorization": "Bearer bad"})
            assert answer.status_code == 200


async def test_concurrent_deep_checks_share_one_result(services: Services) -> None:
    paths = ["health/deep", "readyz"] * 25
    # As several processes, and nodes, that share a storage.
    apps = [assemble(services)[1] for _ in range(4)]
    answers = await asyncio.gather(*(_ask(app, path) for app in apps for path in paths))

    assert {answer.status_code for answer in answers} == {200}
    moments = {
        answer.json()["data"]["timestamp"] for answer in answers if "deep" in str(answer.url)
    }
    assert len(moments) == len(apps), "Those who ask a process at once share one look."


async def _ask(app: Any, path: str) -> httpx.Response:
    async with calling(app) as client:
        return await client.get(path)


@pytest.mark.parametrize("error", [ZeroDivisionError(), FileNotFoundError("checks/1"), KeyError(1)])
async def test_any_exception_is_a_failed_check(
    services: Services, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise error

    def fail_at_once(_: object) -> None:
        raise error

    monkeypatch.setattr(Storage, "check", fail)
    monkeypatch.setattr("shutil.disk_usage", fail_at_once)

    deep = _data(await _get(services, "health/deep"), 503)

    assert deep["status"] == "unhealthy"
    assert deep["checks"]["storage"]["status"] == "error"
    assert deep["checks"]["disk"]["status"] == "error"
    assert deep["checks"]["database"]["status"] == "ok"
