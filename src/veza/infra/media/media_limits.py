"""Limits of audio files. Apart from their processing, which only the job worker imports."""

from pathlib import Path

from msgspec import Struct

CHANNELS_MAX = 8


class MediaLimits(Struct, frozen=True):
    """Limits of audio files and of their processing.

    CPU time is limited to `cpu_floor_s` and `cpu_share` of the duration, about ten times what is
    usual (9 s for four minutes). The wall time limit is four times the CPU time.
    """

    ffmpeg: Path
    max_duration_s: int = 6 * 3600
    cpu_floor_s: int = 60
    cpu_share: float = 0.4
