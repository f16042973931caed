"""Sign-up as the tests need it: its mode, its settings, and nothing left of them afterwards."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests import make
from tests.domains.auth.accounts.conftest import client
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.auth.sign_up.rules import FLOOD_KEY
from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.http.services import ServiceRegistry

__all__ = ["client"]

type SetMode = Callable[[str], Awaitable[None]]
type Configure = Callable[..., None]


@pytest.fixture(scope="session")
async def admin(services: Services) -> Person:
    return await make.person(services, Role.ADMIN)


@pytest.fixture(scope="session")
async def moderator(services: Services) -> Person:
    return await make.person(services, Role.MODERATOR)


@pytest.fixture
async def set_mode(
    services: Services, client: httpx.AsyncClient, admin: Person
) -> AsyncIterator[SetMode]:
    """Change the mode as an admin: `await set_mode("closed")`."""

    async def change(mode: str) -> None:
        answer = await client.put("admin/sign-up", json={"mode": mode}, headers=admin.headers)
        assert answer.status_code == 200, answer.text

    yield change
    async with services.database.transaction(recorded=False) as tx:
        for table in ("sign_up_policy", "sign_up_requests", "mail_domains", "invitations"):
            await tx.run(f"delete from {table}")


@pytest.fixture
async def configure(services: Services, app: Litestar) -> AsyncIterator[Configure]:
    """Change settings of sign-up: `configure(member_invitations=2)`."""
    registry: ServiceRegistry = app.state.services

    def change(**settings: Any) -> None:
        changed = msgspec.structs.replace(services.sign_up, **settings)
        registry.replace(SignUpContext, changed)

    yield change
    registry.replace(SignUpContext, services.sign_up)
    await services.counters.clear(FLOOD_KEY)
