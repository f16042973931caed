"""The public status of the platform."""

import asyncio
from importlib.metadata import version
from typing import Any

import httpx
import pytest

from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.domains.platform.monitoring.service import HealthChecks


async def _look(services: Services) -> dict[str, Any]:
    async with calling(assemble(services)[1]) as client:
        answer = await client.get("status")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["data"]


def _parts(data: dict[str, Any]) -> dict[str, str]:
    return {name: part["status"] for name, part in data["services"].items()}


async def test_all_components_can_be_reached(client: httpx.AsyncClient) -> None:
    data = (await client.get("status")).json()["data"]

    assert data == {
        "status": "healthy",
        "version": version("veza"),
        "timestamp": data["timestamp"],
        "services": {
            "database": {"status": "ok"},
            "redis": {"status": "ok"},
            "chat": {"status": "ok"},
            "stream_server": {"status": "not_configured"},
        },
    }


async def test_without_the_cache_it_is_degraded(no_valkey: Services) -> None:
    data = await _look(no_valkey)

    assert data["status"] == "degraded"
    assert (_parts(data)["database"], _parts(data)["redis"]) == ("ok", "error")


async def test_without_the_database_it_is_unhealthy_and_says_so(no_database: Services) -> None:
    data = await _look(no_database)

    assert data["status"] == "unhealthy"
    assert (_parts(data)["database"], _parts(data)["redis"]) == ("error", "ok")


async def test_concurrent_requests_share_one_check(services: Services) -> None:
    app, wrapped = assemble(services)
    async with calling(wrapped) as client:
        answers = await asyncio.gather(*(client.get("status") for _ in range(50)))

        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["data"]["timestamp"] for answer in answers}) == 1

        # As after a second.
        app.state.services.get(HealthChecks).status.forget()
        later = (await client.get("status")).json()["data"]["timestamp"]
        assert later > answers[0].json()["data"]["timestamp"]


async def test_a_disconnecting_client_does_not_cancel_the_check(services: Services) -> None:
    board = assemble(services)[0].state.services.get(HealthChecks).status
    looking = [asyncio.create_task(board.get()) for _ in range(3)]
    await asyncio.sleep(0)
    looking[0].cancel()

    with pytest.raises(asyncio.CancelledError):
        await looking[0]
    assert await looking[1] == await looking[2]


async def test_no_internal_details_are_shown(services: Services, no_database: Services) -> None:
    for known in (services, no_database):
        async with calling(assemble(known)[1]) as client:
            text = (await client.get("status")).text
        for word in ("postgres", "unix:", "/nowhere", "nobody", str(services.settings.data_dir)):
            assert word not in text


async def test_a_bad_token_is_401(client: httpx.AsyncClient) -> None:
    answer = await client.get("status", headers={"Authorization": "Bearer bad"})

    assert answer.status_code == 401
