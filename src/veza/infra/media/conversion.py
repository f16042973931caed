"""Converts the originals of tracks to other formats, in confined processes."""

import asyncio
import re
import shutil
from pathlib import Path

from veza.infra.media.audio_targets import (
    PROGRESS,
    AudioTarget,
    SourceAudio,
    copy_command,
    encode_command,
    is_copied,
    max_bytes,
    may_have_codec,
)
from veza.infra.media.confined_process import ProcessExit, ProcessLimits, run_confined
from veza.infra.media.media_limits import MediaLimits

_PROGRESS_TAIL_BYTES = 2048
_OUT_TIME = re.compile(rb"^out_time_us=([0-9]{1,15})$", re.MULTILINE)


class ConversionFailure(Exception):
    """The file can't be converted: a retry would not help."""


async def convert(
    source: SourceAudio, output: Path, target: AudioTarget, *, limits: MediaLimits
) -> None:
    """Write a file to `output` in the format of a target, without its tags.

    A file that has the codec of the target keeps its audio as it is. On any error `output` does
    not exist. Raises ConversionFailure, and ProcessFailure if a retry may succeed.
    """
    try:
        if is_copied(source.kind, target):
            await asyncio.to_thread(shutil.copyfile, source.path, output)
        elif not await _copied_codec(source, output, target, limits=limits):
            command = encode_command(limits.ffmpeg, source, target, output.name)
            await _run(command, source, output, target, limits=limits)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(output.unlink, missing_ok=True))
        raise


def read_progress(folder: Path) -> float:
    """Return how many seconds of audio were encoded so far in a folder. Blocking."""
    try:
        with (folder / PROGRESS).open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _PROGRESS_TAIL_BYTES))
            found = _OUT_TIME.findall(file.read())
    except FileNotFoundError:
        return 0.0
    return int(found[-1]) / 1_000_000 if found else 0.0


async def _copied_codec(
    source: SourceAudio, output: Path, target: AudioTarget, *, limits: MediaLimits
) -> bool:
    """Copy the audio to the container of the target; return False if it has another codec."""
    if not may_have_codec(source.kind, target):
        return False
    command = copy_command(limits.ffmpeg, source, output.name)
    size = (await asyncio.to_thread(source.path.stat)).st_size
    bounds = _bounds(source, size + (8 << 20), limits)
    end = await run_confined(command, bounds, folder=output.parent)
    return end.exit_code == 0


async def _run(
    command: list[str],
    source: SourceAudio,
    output: Path,
    target: AudioTarget,
    *,
    limits: MediaLimits,
) -> None:
    bounds = _bounds(source, max_bytes(source, target), limits)
    end = await run_confined(command, bounds, folder=output.parent)
    if end.exit_code != 0 or not await asyncio.to_thread(output.exists):
        raise ConversionFailure(_reason(end))


def _bounds(source: SourceAudio, file_bytes: int, limits: MediaLimits) -> ProcessLimits:
    cpu_s = limits.cpu_floor_s + round(limits.cpu_share * source.duration_s)
    return ProcessLimits(cpu_s=cpu_s, wall_s=4 * cpu_s, file_bytes=file_bytes)


def _reason(end: ProcessExit) -> str:
    return f"ffmpeg ended with {end.exit_code}: {end.stderr[-500:]}"
