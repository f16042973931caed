"""Settings of sign-up, restored afterwards."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from litestar import Litestar

from tests.domains.auth.sign_up.settings_steps import Configure
from veza.app.services import Services
from veza.domains.auth.sign_up.rules import FLOOD_KEY
from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.http.services import ServiceRegistry


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
