"""Streamers, and the sound of their streams."""

from collections.abc import Sequence

import pytest

from tests import make, sounds
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role


@pytest.fixture
async def owner(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def other(services: Services) -> Person:
    """Another creator: what they are refused isn't refused because of their role."""
    return await make.person(services, Role.CREATOR)


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sequence[bytes]:
    """Segments of a second."""
    folder = tmp_path_factory.mktemp("segments")
    sounds.run_ffmpeg(
        *("-f", "lavfi", "-i", "sine=1000:sample_rate=48000:duration=4", "-c:a", "aac"),
        *("-f", "segment", "-segment_time", "1", "-segment_format", "mpegts"),
        str(folder / "%03d.ts"),
        path=folder,
    )
    return [path.read_bytes() for path in sorted(folder.iterdir())][:3]
