"""An artist with items, and settings of notices that are restored afterwards."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from litestar import Litestar

from tests.domains.moderation.takedowns.takedown_fixtures import artist, items, take_down
from veza.domains.moderation.copyright.service.notices import CopyrightContext

__all__ = ["artist", "items", "take_down"]


@pytest.fixture
async def configure(app: Litestar) -> AsyncIterator[Callable[..., None]]:
    """Change settings of notices: `configure(hides_at_once=True)`, `configure(most_unproved=1)`."""
    registry = app.state.services
    before = registry.get(CopyrightContext)

    def change(**changes: Any) -> None:
        most = changes.pop("most_unproved", before.gate.most_unproved)
        changed = msgspec.structs.replace(
            before,
            settings=msgspec.structs.replace(before.settings, **changes),
            gate=msgspec.structs.replace(before.gate, most_unproved=most),
        )
        registry.replace(CopyrightContext, changed)

    yield change
    registry.replace(CopyrightContext, before)
    await before.counters.clear(before.gate.key)
