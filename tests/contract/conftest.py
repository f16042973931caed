"""One world for all tests that go over the whole document."""

from collections.abc import AsyncIterator, Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import pytest

from tests import make
from tests.contract.world import World, a_world, open_sign_up
from veza.app.services import Services
from veza.domains.platform.site_controls import service as control
from veza.domains.platform.site_controls.models import MaintenanceChange


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("sounds")) as made:
        yield made


@pytest.fixture(scope="package")
def program(world: World) -> Iterator[httpx.Client]:
    """A client of the served world that keeps no cookies."""
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    with httpx.Client(base_url=world.server.url, timeout=60, cookies=no_cookies) as made:
        yield made


@pytest.fixture(scope="module")
async def plain_site(services: Services) -> AsyncIterator[None]:
    """Take back what tests of all operations changed of the site and of sign-up."""
    yield
    await open_sign_up(services)
    await make.plain_site(services)


@pytest.fixture
async def open_again(services: Services, plain_site: None) -> AsyncIterator[None]:
    """Switch maintenance off behind a test that asks for all operations, that one too."""
    yield
    if services.site_controls.snapshot.maintenance.started_at is not None:
        async with services.database.transaction() as tx:
            await control.set_maintenance(tx, MaintenanceChange(enabled=False))
