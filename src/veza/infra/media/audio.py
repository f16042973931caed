"""Transcodes an untrusted audio file and measures it.

A confined ffmpeg decodes the file once, to HLS, a file for streaming, the loudness and PCM for the
waveform. The decoded length is compared with the declared one: ffmpeg accepts truncated files.
"""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from veza.core.embedded_tags import EmbeddedTags
from veza.core.recording_prints import RecordingPrint
from veza.infra.media.commands import (
    HLS,
    LADDER,
    PREVIEW,
    PRINT,
    STREAM,
    decode_command,
    lasts_long,
    preview_command,
    read_loudness,
    read_true_peak,
)
from veza.infra.media.confined_process import ProcessExit, ProcessLimits, run_confined
from veza.infra.media.hls import finish_hls
from veza.infra.media.images import Picture, UnreadableImage, make_cover
from veza.infra.media.media_limits import CHANNELS_MAX, MediaLimits
from veza.infra.media.probe import ProbedAudio
from veza.infra.media.recording_print import has_chromaprint, read_print
from veza.infra.media.sniff_audio import AudioKind, sniff_file
from veza.infra.media.waveform import PcmReader

COVER = "cover.jpg"

_PICTURE = "picture"
_PROBE_LIMITS = ProcessLimits(cpu_s=20, wall_s=120, file_bytes=32 << 20, memory_bytes=1 << 30)
_PREVIEW_LIMITS = ProcessLimits(cpu_s=60, wall_s=240, file_bytes=8 << 20)
_STREAM_BYTES_PER_S = 48_000


class RenderedAudio(Struct, frozen=True):
    """The properties of an audio file that was transcoded.

    `loudness_lufs` and `true_peak_dbtp` are None for silence, and the loudness also below the 0.4 s
    that EBU R128 needs. `peaks` are 1,000 little-endian uint16: the largest absolute sample of any
    channel in each thousandth of the duration, scaled to 65,535. `cover_palette` is that of the
    cover in its stored form, None without a cover. `recording` is None if this ffmpeg makes none.
    """

    format: AudioKind
    duration_ms: int
    bitrate: int
    sample_rate: int
    channels: int
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    peaks: bytes
    embedded: EmbeddedTags
    cover_palette: list[int] | None
    cover_placeholder: str | None
    cover_hash: int | None
    recording: RecordingPrint | None


class UnreadableAudio(Exception):
    """The file can't be transcoded; `reason` is a sentence for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _RenderTask(Struct, frozen=True):
    source: Path
    target: Path
    kind: AudioKind
    size_bytes: int
    limits: MediaLimits


async def render(source: Path, target: Path, *, limits: MediaLimits) -> RenderedAudio:
    """Create `hls/`, `stream.m4a`, `preview.mp3` and, if the file has a picture, `cover.jpg`.

    They are written to the folder `target`, and removed on any error. Raises UnreadableAudio for a
    bad file, and ProcessFailure if a retry may succeed.
    """
    task = await asyncio.to_thread(_begin, source, target, limits=limits)
    try:
        return await _render(task)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(_remove_output, task.target))
        raise


def _begin(source: Path, target: Path, *, limits: MediaLimits) -> _RenderTask:
    """Detect the format and create the folders. Raises UnreadableAudio and ProcessFailure."""
    source = source.absolute()
    target = target.absolute()
    size_bytes = source.stat().st_size
    if size_bytes == 0:
        raise UnreadableAudio("The file is empty.")
    kind = sniff_file(source)
    if kind is None:
        raise UnreadableAudio("The file is not audio in an accepted format.")
    for name in LADDER:
        (target / HLS / name).mkdir(parents=True, exist_ok=True)
    return _RenderTask(
        source=source,
        target=target,
        kind=kind,
        size_bytes=size_bytes,
        limits=limits,
    )


async def _render(task: _RenderTask) -> RenderedAudio:
    facts = await _probe(task)
    if facts.has_video:
        raise UnreadableAudio("The file is a video: upload only its sound.")
    _ensure_within_limits(facts.declared_s or 0, facts.channels or 0, limits=task.limits)
    pcm = PcmReader()
    # The preview is made in the same pass, unless the length is unknown, or too short for that.
    with_preview = lasts_long(facts.declared_s or 0)
    end = await _decode(task, facts, pcm=pcm, with_preview=with_preview)
    _ensure_complete(end, facts, pcm=pcm)
    if not (with_preview and lasts_long(pcm.duration_s)):
        await _make_preview(task, pcm.duration_s)
    await asyncio.to_thread(finish_hls, task.target / HLS, LADDER)
    cover = await _make_cover(task) if facts.has_picture else None
    return RenderedAudio(
        format=task.kind,
        duration_ms=round(1000 * pcm.duration_s),
        bitrate=facts.bitrate or round(8 * task.size_bytes / pcm.duration_s),
        sample_rate=pcm.sample_rate,
        channels=pcm.channels,
        loudness_lufs=read_loudness(end.stderr),
        true_peak_dbtp=read_true_peak(end.stderr),
        peaks=await asyncio.to_thread(pcm.points),
        embedded=facts.tags,
        cover_palette=cover and cover.palette,
        cover_placeholder=cover and cover.placeholder,
        cover_hash=cover and cover.hash,
        recording=await _read_print(task),
    )


async def _probe(task: _RenderTask) -> ProbedAudio:
    """Return the metadata of the file, which is empty if it can't be parsed."""
    output = bytearray()
    end = await run_confined(
        [sys.executable, "-P", "-m", ProbedAudio.__module__, str(task.source), task.kind, _PICTURE],
        _PROBE_LIMITS,
        folder=task.target,
        environment={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        take=output.extend,
    )
    return msgspec.json.decode(output, type=ProbedAudio) if end.exit_code == 0 else ProbedAudio()


async def _decode(
    task: _RenderTask, facts: ProbedAudio, *, pcm: PcmReader, with_preview: bool
) -> ProcessExit:
    """Run ffmpeg, and stop it as soon as the output exceeds a limit."""

    def take(piece: bytes) -> None:
        pcm.feed(piece)
        _ensure_within_limits(pcm.duration_s, pcm.channels, limits=task.limits)

    limits = task.limits
    expected_s = facts.declared_s or limits.max_duration_s
    cpu_s = limits.cpu_floor_s + round(limits.cpu_share * expected_s)
    bounds = ProcessLimits(
        cpu_s=cpu_s,
        wall_s=4 * cpu_s,
        file_bytes=(1 << 20) + _STREAM_BYTES_PER_S * limits.max_duration_s,
    )
    command = decode_command(
        limits.ffmpeg,
        task.source,
        kind=task.kind,
        with_preview=with_preview,
        with_print=await _has_print(task),
    )
    return await run_confined(command, bounds, folder=task.target, take=take)


def _ensure_within_limits(duration_s: float, channels: int, *, limits: MediaLimits) -> None:
    """Raise UnreadableAudio if the audio is too long or has too many channels."""
    if duration_s > limits.max_duration_s + 1:
        limit = _format_limit(limits.max_duration_s)
        raise UnreadableAudio(f"It lasts longer than {limit}, which is the most that is accepted.")
    if channels > CHANNELS_MAX:
        raise UnreadableAudio(f"It has {channels} channels; at most {CHANNELS_MAX} are accepted.")


def _ensure_complete(end: ProcessExit, facts: ProbedAudio, *, pcm: PcmReader) -> None:
    """Raise UnreadableAudio if the file couldn't be decoded completely.

    Declared lengths are exact for lossless formats, and off by a few frames for others: 2 % may be
    missing, but at least 0.1 s and at most 1 s.
    """
    if end.exceeded_cpu:
        raise UnreadableAudio("Decoding the file takes far more work than is usual.")
    declared_s = facts.declared_s or 0.0
    allowed_s = min(1.0, max(0.1, declared_s / 50))
    if pcm.frames and pcm.duration_s < declared_s - allowed_s:
        lengths = f"{_format_s(pcm.duration_s)} of {_format_s(declared_s)}"
        raise UnreadableAudio(f"The file breaks off after {lengths} seconds.")
    if pcm.frames and facts.is_truncated:
        raise UnreadableAudio(f"The file breaks off after {_format_s(pcm.duration_s)} seconds.")
    if end.exit_code != 0:
        raise UnreadableAudio(_reason(end))
    if pcm.frames == 0:
        raise UnreadableAudio("The file holds no sound.")


def _reason(end: ProcessExit) -> str:
    """Return a sentence for the user about why ffmpeg failed."""
    if "moov atom not found" in end.stderr:
        return "The file breaks off: its index of the audio data is missing."
    if "matches no streams" in end.stderr:
        return "The file holds no audio."
    if "not on whitelist" in end.stderr:
        return "The file uses an audio codec that is not accepted."
    return "The file is damaged: it can't be decoded."


async def _make_preview(task: _RenderTask, duration_s: float) -> None:
    command = preview_command(task.limits.ffmpeg, duration_s)
    end = await run_confined(command, _PREVIEW_LIMITS, folder=task.target)
    if end.exit_code != 0:
        raise RuntimeError(f"ffmpeg can't read its own output: {end.stderr[-1000:]}")


async def _read_print(task: _RenderTask) -> RecordingPrint | None:
    return await asyncio.to_thread(read_print, task.target) if await _has_print(task) else None


async def _has_print(task: _RenderTask) -> bool:
    return await asyncio.to_thread(has_chromaprint, task.limits.ffmpeg)


async def _make_cover(task: _RenderTask) -> Picture | None:
    """Make the cover; return None if the picture can't be read."""
    picture = task.target / _PICTURE
    try:
        return await make_cover(picture, task.target / COVER, ffmpeg=task.limits.ffmpeg)
    except UnreadableImage:
        return None
    finally:
        picture.unlink(missing_ok=True)


def _remove_output(target: Path) -> None:
    shutil.rmtree(target / HLS, ignore_errors=True)
    for name in (STREAM, PREVIEW, PRINT, COVER, _PICTURE):
        (target / name).unlink(missing_ok=True)


def _format_limit(seconds: float) -> str:
    if seconds < 120:
        return f"{round(seconds)} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 7200 else f"{round(seconds / 3600)} hours"


def _format_s(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < 9.5 else f"{seconds:.0f}"
