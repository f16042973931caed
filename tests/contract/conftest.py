"""One world for all tests that go over the whole document."""

from collections.abc import Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import pytest

from tests.contract.world import World, a_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("sounds")) as made:
        yield made


@pytest.fixture(scope="session")
def program(world: World) -> Iterator[httpx.Client]:
    """A client of the served world that keeps no cookies."""
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    with httpx.Client(base_url=world.server.url, timeout=60, cookies=no_cookies) as made:
        yield made
