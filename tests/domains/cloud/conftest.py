"""The contents in the storage."""

from collections.abc import Callable

import pytest

from veza.app.services import Services


@pytest.fixture
def stored(services: Services) -> Callable[[], set[str]]:
    """The ids of the objects in the storage."""

    def look() -> set[str]:
        place = services.settings.data_dir / "media" / "blobs"
        return {path.parent.name for path in place.glob("*/*/*")} if place.exists() else set()

    return look
