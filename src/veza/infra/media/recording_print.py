"""Makes the print of a recording with the muxer `chromaprint` of ffmpeg, if it has that."""

import asyncio
import subprocess
from functools import cache
from pathlib import Path

from veza.core.recording_prints import (
    RecordingPrint,
    choose_excerpt,
    sample_print,
    split_speeds,
)
from veza.infra.media.commands import PRINT, print_command, speeds_command
from veza.infra.media.confined_process import ProcessFailure, ProcessLimits, run_confined
from veza.infra.media.media_limits import MediaLimits
from veza.infra.media.sniff_audio import AudioKind

_MUXERS_TIMEOUT_S = 20
_SPEED_LIMITS = ProcessLimits(cpu_s=60, wall_s=240, file_bytes=8 << 20)


@cache
def has_chromaprint(ffmpeg: Path) -> bool:
    """Return whether this ffmpeg can make prints. Blocking, once. Raises ProcessFailure."""
    command = [str(ffmpeg), "-hide_banner", "-muxers"]
    try:
        end = subprocess.run(command, capture_output=True, timeout=_MUXERS_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProcessFailure(f"Can't run {ffmpeg}: {error}") from error
    return b" chromaprint " in end.stdout


def read_print(folder: Path) -> RecordingPrint:
    """Return the print that ffmpeg wrote into a folder, and delete the file. Blocking."""
    return sample_print(_take_words(folder))


def _take_words(folder: Path) -> bytes:
    path = folder / PRINT
    words = path.read_bytes()
    path.unlink()
    return words


async def make_print(
    source: Path, folder: Path, *, kind: AudioKind, limits: MediaLimits
) -> RecordingPrint | None:
    """Return the print of a sound file, None if it can't be read.

    Both paths are absolute; `folder` is for the file that ffmpeg writes.
    """
    # Six hours have 700 kB.
    cpu_s = limits.cpu_floor_s + round(limits.cpu_share * limits.max_duration_s)
    bounds = ProcessLimits(cpu_s=cpu_s, wall_s=4 * cpu_s, file_bytes=8 << 20)
    command = print_command(limits.ffmpeg, source, kind)
    end = await run_confined(command, bounds, folder=folder)
    if end.exit_code != 0:
        return None
    return await asyncio.to_thread(read_print, folder)


async def make_speed_prints(
    folder: Path, duration_s: float, *, limits: MediaLimits
) -> list[RecordingPrint]:
    """Return the prints of an excerpt of the stream in a folder, played at all `SPEEDS`."""
    command = speeds_command(limits.ffmpeg, choose_excerpt(duration_s))
    end = await run_confined(command, _SPEED_LIMITS, folder=folder)
    if end.exit_code != 0:
        raise RuntimeError(f"ffmpeg can't read its own output: {end.stderr[-1000:]}")
    return split_speeds(await asyncio.to_thread(_take_words, folder))
