"""An admin, and site controls that are empty at the start of each test."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests import make
from tests.domains.platform.site_controls.routes_steps import Announce, SetFlag, Switch
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.platform.site_controls.events import CONTROLS_CHANGED
from veza.infra.postgres.revisions import announce


@pytest.fixture(scope="session")
async def admin(services: Services) -> Person:
    return await make.person(services, Role.ADMIN)


@pytest.fixture(scope="session")
async def people(services: Services, admin: Person) -> dict[str, Person | None]:
    """Somebody of each role, and nobody."""
    made = {role.value: await make.person(services, role) for role in Role if role != "admin"}
    return {"nobody": None, "admin": admin} | made


@pytest.fixture(autouse=True)
async def _emptied(services: Services) -> AsyncIterator[None]:
    # Before, too: the tests of the contract set flags of any name.
    await _empty(services)
    yield
    await _empty(services)


async def _empty(services: Services) -> None:
    async with services.database.transaction() as tx:
        await tx.run("delete from announcements")
        await tx.run("delete from feature_flags")
        await tx.run("update maintenance set started_at = null, ends_at = null, message = null")
        await announce(tx, CONTROLS_CHANGED, "everything")


@pytest.fixture
def post(client: httpx.AsyncClient, admin: Person) -> Announce:
    """Announce as an admin: `await post(title="…")`."""

    async def send(**said: object) -> httpx.Response:
        body = {"title": "News", "content": "There is news.", "type": "info"} | said
        return await client.post("admin/announcements", json=body, headers=admin.headers)

    return send


@pytest.fixture
def put_flag(client: httpx.AsyncClient, admin: Person) -> SetFlag:
    """Set a flag as an admin: `await put_flag("name", enabled=True)`."""

    async def send(name: str, **said: object) -> httpx.Response:
        path = f"admin/feature-flags/{name}"
        return await client.put(path, json=said, headers=admin.headers)

    return send


@pytest.fixture
def switch(client: httpx.AsyncClient, admin: Person) -> Switch:
    """Switch maintenance as an admin: `await switch(enabled=True)`."""

    async def send(**said: object) -> httpx.Response:
        return await client.put("admin/maintenance", json=said, headers=admin.headers)

    return send
