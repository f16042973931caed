"""Reads in tests what the audit has of a request."""

import httpx

from veza.app.services import Services
from veza.core.ids import new_id
from veza.domains.platform.audit import service
from veza.domains.platform.audit.models import AuditEvent, AuditQuery


def tagged() -> dict[str, str]:
    """Headers by which the audit's events of one request are found again."""
    return {"X-Request-ID": f"test-{new_id()}"}


async def events_of(services: Services, answer: httpx.Response) -> list[AuditEvent]:
    """What is recorded of a request that was answered, the oldest first."""
    return await events_by(services, request_id=answer.headers["x-request-id"])


async def events_by(services: Services, **wish: object) -> list[AuditEvent]:
    """What is recorded, the oldest first, what waits to be written too."""
    await services.unrecorded.flush()
    async with services.database.read() as conn:
        page = await service.list_events(conn, AuditQuery(limit=100, **wish))
    return page.events[::-1]
