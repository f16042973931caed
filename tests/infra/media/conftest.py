"""The builds of ffmpeg."""

import pytest

from tests.infra.media.ffmpeg_steps import SYSTEM, WHEEL
from veza.infra.media.media_limits import MediaLimits


@pytest.fixture
def limits() -> MediaLimits:
    return MediaLimits(ffmpeg=WHEEL)


@pytest.fixture(params=[WHEEL, SYSTEM], ids=["wheel", "system"])
def both(request) -> MediaLimits:
    """Either of the two builds of ffmpeg that we stand by."""
    if not request.param.exists():
        pytest.skip(f"{request.param} is not installed.")
    return MediaLimits(ffmpeg=request.param)
