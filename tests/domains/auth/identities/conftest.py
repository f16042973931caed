"""Browsers that sign in at a provider."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar

from tests.domains.auth.identities.browsers import ProviderBrowser, open_browser
from tests.fakes.openid_provider import FakeOpenIdProvider
from veza.app.services import Services


@pytest.fixture
async def browser(
    app: Litestar, services: Services, provider: FakeOpenIdProvider, providers: Any
) -> AsyncIterator[ProviderBrowser]:
    async with open_browser(app, services, provider) as opened:
        yield opened
    provider.behave()
