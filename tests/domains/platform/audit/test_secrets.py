"""The audit log contains no body, token or password."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from tests import make
from tests.domains.auth.accounts.people import bearer, open_client, sign_in, sign_up
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import new_id
from veza.http.layers.audit import UNSAFE

TABLES = (
    "audit_subjects",
    "audit_events",
    "audit_details",
    "audit_unsigned_events",
    "audit_signatures",
)
FIELDS = (
    "username", "email", "password", "current_password", "new_password", "refresh_token", "token",
    "title", "content", "name", "key", "message", "reason", "bio", "session_id",
)  # fmt: skip


@pytest.fixture
async def caller(app: Litestar, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(services, app) as made:
        # Whatever is answered: here it matters what is left behind.
        made.event_hooks["response"].clear()
        yield made


async def find(services: Services, *secrets: str) -> list[str]:
    """Which secrets are anywhere in the audit's tables: as text, or as the bytes of text."""
    await services.unrecorded.flush()
    async with services.database.read() as conn:
        rows = [
            text
            for table in TABLES
            for text in await conn.column(str, f"select t::text from {table} t")
        ]
    everything = "\n".join(rows)
    assert len(rows) > 10
    return [s for s in secrets if s in everything or s.encode().hex() in everything]


def list_routes(app: Litestar) -> list[tuple[str, str]]:
    """Each method and path that may change something."""
    return [
        (str(method), route.path_format)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        for method in sorted(handler.http_methods)
        if method in UNSAFE
    ]


@pytest.mark.long
async def test_request_bodies_are_in_no_table(
    caller: httpx.AsyncClient, app: Litestar, services: Services
) -> None:
    secret = f"swordfish{new_id().hex}"
    admin = await make.person(services, Role.ADMIN)
    person = await make.person(services, Role.CREATOR)
    routes = list_routes(app)
    assert len(routes) > 10
    ways: list[dict[str, Any]] = [
        {"headers": {}},
        {"headers": person.headers},
        {"headers": admin.headers},
        {"headers": {"Authorization": f"Bearer {secret}"}},
        {"headers": {"X-API-Key": f"veza_sk_{secret}", "User-Agent": secret, "Referer": secret}},
        {"headers": {"Cookie": f"veza_access={secret}; veza_refresh={secret}"}},
    ]
    for method, path in [*routes, ("POST", "/api/v1/auth/reset/{token}")]:
        for value in (secret, str(new_id())):
            asked = re.sub(r"\{\w+\}", value, path)
            for way in ways:
                await caller.request(
                    method,
                    f"http://veza.test{asked}",
                    params={"token": secret, "secret": secret},
                    json=dict.fromkeys(FIELDS, secret) | {"email": f"{secret}@example.com"},
                    **way,
                )

    assert await find(services, secret) == []
    assert await find(services, str(person.id)) == [str(person.id)], "The search finds nothing."


async def test_credentials_are_in_no_table(caller: httpx.AsyncClient, services: Services) -> None:
    old, new = f"old {new_id().hex} sentence", f"new {new_id().hex} sentence"
    someone = await sign_up(caller, password=old)
    tokens = [someone]
    change = {"current_password": old, "new_password": new}
    headers = bearer(someone["access_token"])
    answers = [
        await caller.put("users/me/password", json=change, headers=headers),
        await caller.post("users/me/creator", headers=headers),
        await sign_in(caller, someone["email"], new),
        await caller.post("auth/refresh", json={"refresh_token": someone["refresh_token"]}),
        await sign_in(caller, someone["email"], old),
    ]
    for answer in answers:
        data = answer.json().get("data", {})
        tokens += [data] if "access_token" in data else []
    assert len(tokens) >= 3

    secrets = [old, new, someone["email"], someone["username"]]
    for pair in tokens:
        secrets += [pair["access_token"], pair["refresh_token"]]
        secrets += [pair["access_token"].rpartition(".")[2], pair["refresh_token"].split(".")[1]]
    assert await find(services, *secrets) == []
