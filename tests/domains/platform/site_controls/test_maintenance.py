"""Maintenance mode: what is refused, what keeps working, and the answer."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.domains.platform.site_controls.routes_steps import Switch, ahead, headers_of
from tests.http.apps import ask, assemble, calling
from tests.infra.waiting import until
from tests.make import PASSWORD, Person
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.domains.platform.site_controls import service
from veza.domains.platform.site_controls.models import MaintenanceChange
from veza.domains.platform.site_controls.rules import RETRY_AFTER_S

PLAIN_WORDS = "The server is under maintenance: try again later."


async def _state(client: httpx.AsyncClient, admin: Person) -> dict[str, Any]:
    answer = await client.get("admin/maintenance", headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_at_first_it_is_off(client: httpx.AsyncClient, admin: Person) -> None:
    off = {"enabled": False, "message": None, "started_at": None, "ends_at": None}

    assert await _state(client, admin) == off
    assert (await client.get("tracks")).status_code == 200


async def test_while_it_is_on_requests_are_503(
    client: httpx.AsyncClient, switch: Switch, admin: Person, people: dict[str, Person | None]
) -> None:
    answer = await switch(enabled=True)
    assert answer.status_code == 200
    state = answer.json()["data"]
    assert datetime.fromisoformat(state["started_at"])
    assert state == {"enabled": True, "message": None, "ends_at": None} | {
        "started_at": state["started_at"]
    }
    assert await _state(client, admin) == state

    for person in people.values():
        refused = await client.get("tracks", headers=headers_of(person))
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == str(RETRY_AFTER_S)
        assert refused.headers["cache-control"] == "no-store"
        body = refused.json()
        assert body == {
            "success": False,
            "error": PLAIN_WORDS,
            "code": "maintenance",
            "request_id": body["request_id"],
        }

    assert (await switch(enabled=False)).json()["data"]["enabled"] is False
    assert (await client.get("tracks")).status_code == 200


async def test_the_answer_contains_the_message_and_retry_after(
    client: httpx.AsyncClient, switch: Switch
) -> None:
    message = "We move to a larger machine 🚚"
    assert (await switch(enabled=True, message=message, ends_at=ahead(minutes=30))).is_success

    refused = await client.get("tracks")
    assert refused.json()["error"] == message
    assert 1700 < int(refused.headers["retry-after"]) <= 1800
    problem = await client.get("tracks", headers={"accept": "application/problem+json"})
    assert problem.status_code == 503
    assert problem.headers["content-type"] == "application/problem+json"
    assert (problem.json()["detail"], problem.json()["code"]) == (message, "maintenance")


async def test_it_continues_after_its_planned_end(
    client: httpx.AsyncClient, switch: Switch
) -> None:
    await switch(enabled=True, ends_at=ahead(seconds=0.3))

    async def has_passed() -> bool:
        refused = await client.get("tracks")
        assert refused.status_code == 503
        return refused.headers["retry-after"] == str(RETRY_AFTER_S)

    await until(has_passed)


async def test_switching_it_on_twice_is_the_same_as_once(switch: Switch) -> None:
    first = await switch(enabled=True, message="Back soon.")
    second = await switch(enabled=True)

    assert first.status_code == second.status_code == 200
    assert first.json()["data"] == second.json()["data"]


async def test_the_next_maintenance_starts_without_message_and_end(switch: Switch) -> None:
    await switch(enabled=True, message="Back soon.", ends_at=ahead(hours=1))
    for _ in range(2):
        off = (await switch(enabled=False)).json()["data"]
        assert off == {"enabled": False, "message": None, "started_at": None, "ends_at": None}
    state = (await switch(enabled=True)).json()["data"]

    assert (state["message"], state["ends_at"]) == (None, None)


async def test_of_concurrent_switches_the_last_one_applies_everywhere(
    client: httpx.AsyncClient, switch: Switch, admin: Person
) -> None:
    for _ in range(5):
        answers = await asyncio.gather(
            *(switch(enabled=enabled) for enabled in (True, False, True, False))
        )
        assert {answer.status_code for answer in answers} == {200}

        is_on = (await _state(client, admin))["enabled"]
        assert (await client.get("tracks")).status_code == (503 if is_on else 200)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "enabled"),
        ({"enabled": "true"}, "enabled"),
        ({"enabled": 1}, "enabled"),
        ({"enabled": None}, "enabled"),
        ({"enabled": True, "message": "x" * 501}, "message"),
        ({"enabled": True, "message": 5}, "message"),
        ({"enabled": True, "ends_at": "soon"}, "ends_at"),
        ({"enabled": True, "ends_at": "2999-01-01T00:00:00"}, "ends_at"),
        ({"enabled": True, "ends_at": "2026-01-01T00:00:00Z"}, "ends_at"),
        ({"enabled": True, "ends_at": "9999-12-31T23:59:59.999999Z"}, "ends_at"),
    ],
    ids=str,
)
async def test_an_invalid_maintenance_is_400(
    client: httpx.AsyncClient, switch: Switch, body: dict[str, Any], field: str
) -> None:
    answer = await switch(**body)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == field
    assert (await client.get("tracks")).status_code == 200


@pytest.mark.parametrize(
    "said", [{"message": "a\0b"}, {"ends_at": "9999-12-31T23:59:59-14:00"}], ids=str
)
async def test_text_that_the_database_cannot_store_is_400(
    client: httpx.AsyncClient, switch: Switch, said: dict[str, Any]
) -> None:
    assert (await switch(enabled=True, **said)).status_code == 400
    assert (await client.get("tracks")).status_code == 200


async def test_the_longest_message_is_shown(client: httpx.AsyncClient, switch: Switch) -> None:
    await switch(enabled=True, message="é" * 500)

    assert (await client.get("tracks")).json()["error"] == "é" * 500


async def test_listed_routes_keep_working(
    app: Litestar, client: httpx.AsyncClient, settings: Settings, switch: Switch, admin: Person
) -> None:
    form = {"username": "steadfast", "email": "steadfast@example.com", "password": PASSWORD}
    assert (await client.post("auth/register", json=form)).status_code == 201
    await switch(enabled=True)

    async with calling(wrap(app, settings), path="/") as anywhere:
        for prefix in ("", "api/v1/"):
            for path in ("health", "health/deep", "healthz", "readyz", "metrics"):
                assert (await anywhere.get(prefix + path)).status_code == 200, path
        for path in ("swagger", "swagger/openapi.json", "swagger/start.js"):
            assert (await anywhere.get(path)).status_code == 200, path
    assert (await client.get("csrf-token")).status_code == 200
    signed_in = await client.post("auth/login", json=form)
    assert signed_in.status_code == 200
    token = signed_in.json()["data"]["refresh_token"]
    for path in ("auth/refresh", "sessions/refresh"):
        answer = await client.post(path, json={"refresh_token": token})
        assert answer.status_code == 200
        token = answer.json()["data"]["refresh_token"]
    for path in ("announcements", "feature-flags", "maintenance"):
        answer = await client.get(f"admin/{path}", headers=admin.headers)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "tracks"),
        ("GET", "tracks/search?q=x"),
        ("GET", f"tracks/{UUID(int=7)}/stream"),
        ("POST", "tracks"),
        ("POST", "auth/register"),
        ("POST", "auth/logout"),
        ("GET", "users/me"),
        ("GET", "announcements/active"),
        ("GET", "feature-flags"),
        ("GET", "status"),
        ("POST", "validate"),
        ("GET", "upload/limits"),
    ],
)
async def test_all_other_routes_are_503(
    client: httpx.AsyncClient, switch: Switch, method: str, path: str
) -> None:
    await switch(enabled=True)
    answer = await client.request(method, path)

    assert answer.status_code == 503
    assert answer.json()["code"] == "maintenance"


async def test_credentials_are_not_checked_during_maintenance(
    client: httpx.AsyncClient, switch: Switch
) -> None:
    await switch(enabled=True)

    answer = await client.get("users/me", headers={"Authorization": "Bearer bad"})
    assert answer.status_code == 503


async def test_an_unknown_path_is_still_404(client: httpx.AsyncClient, switch: Switch) -> None:
    await switch(enabled=True)

    assert (await client.get("nowhere")).status_code == 404
    assert (await client.options("tracks")).status_code == 204
    wrong = await client.delete("tracks")
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["allow"]


async def test_a_long_upload_is_refused_early(services: Services, switch: Switch) -> None:
    await switch(enabled=True)
    _, app = assemble(services)
    headers = [
        (b"host", b"veza.test"),
        (b"content-type", b"multipart/form-data; boundary=b"),
        (b"content-length", b"1000000000"),
    ]

    # No message of a body is there to be read: asking for one would be told of a lost client.
    scope = {"method": "POST", "path": "/api/v1/tracks", "headers": headers}
    sent = await ask(app, scope, [])

    assert sent[0]["status"] == 503
    assert msgspec.json.decode(sent[1]["body"])["code"] == "maintenance"


async def test_cors_headers_are_sent_during_maintenance(
    services: Services, settings: Settings, switch: Switch
) -> None:
    await switch(enabled=True)
    origin = "https://front.example"
    changed = msgspec.structs.replace(settings, cors_origins=[origin])
    async with calling(assemble(services, changed)[1]) as client:
        asked = {"origin": origin, "access-control-request-method": "GET"}
        assert (await client.options("tracks", headers=asked)).status_code == 204
        refused = await client.get("tracks", headers={"origin": origin})

    assert refused.status_code == 503
    assert refused.headers["access-control-allow-origin"] == origin
    assert "Retry-After" in refused.headers["access-control-expose-headers"]


async def test_it_is_known_without_a_database(no_database: Services, switch: Switch) -> None:
    await switch(enabled=True)

    async with calling(assemble(no_database)[1]) as cut_off:
        assert (await cut_off.get("tracks")).json()["code"] == "maintenance"


async def test_a_rolled_back_switch_has_no_effect(services: Services) -> None:
    with pytest.raises(ZeroDivisionError):
        await _switch_and_fail(services)
    await services.revisions.refresh()

    services.site_controls.ensure_open()


async def _switch_and_fail(services: Services) -> None:
    async with services.database.transaction() as tx:
        await service.set_maintenance(tx, MaintenanceChange(enabled=True))
        raise ZeroDivisionError
