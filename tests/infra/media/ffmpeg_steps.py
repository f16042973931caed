"""The two builds of ffmpeg: that of the wheel, and that of the system."""

from pathlib import Path

from tests import sounds

WHEEL = sounds.ffmpeg_of_the_wheel()
SYSTEM = Path("/usr/bin/ffmpeg")
