"""Fixtures: members, and requests that report things and resolve reports."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role

type ReportThing = Callable[..., Awaitable[httpx.Response]]
type Judge = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def author(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def reporter(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
def report(client: httpx.AsyncClient) -> ReportThing:
    """Report something: `await report(reporter, "track", track_id)`."""

    async def send(
        who: Person, content_type: str, content_id: object, reason: str = "Stolen."
    ) -> httpx.Response:
        body = {"content_type": content_type, "content_id": str(content_id), "reason": reason}
        return await client.post("reports", headers=who.headers, json=body)

    return send


@pytest.fixture
def judge(client: httpx.AsyncClient) -> Judge:
    """Give a verdict: `await judge(moderator, report_id, "warn", reason="…")`."""

    async def send(who: Person, report_id: str, action: str, **more: Any) -> httpx.Response:
        body = {"action": action} | more
        path = f"admin/reports/{report_id}/resolve"
        return await client.post(path, headers=who.headers, json=body)

    return send
