"""Makes of a stranger's audio file what can be listened to, and finds out what it is.

ffmpeg is run as a confined child, and one decode gives all: the HLS ladder, the file for plain
streaming, the loudness, and the PCM of which the peaks are drawn. What the decoder gave is then
compared with what the file declares, because a decoder is content with half a file.
"""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from veza.infra.media.commands import (
    HLS,
    LADDER,
    PREVIEW,
    STREAM,
    decode_command,
    preview_command,
    read_loudness,
    read_true_peak,
)
from veza.infra.media.confined_process import ProcessExit, ProcessLimits, run_confined
from veza.infra.media.hls import finish_hls
from veza.infra.media.images import UnreadableImage, make_cover
from veza.infra.media.probe import EmbeddedTags, ProbedAudio
from veza.infra.media.sniff_audio import AudioKind, sniff_file
from veza.infra.media.waveform import PcmReader

COVER = "cover.jpg"
CHANNELS_MAX = 8

_PICTURE = "picture"
_ASKING = ProcessLimits(cpu_s=20, wall_s=120, file_bytes=32 << 20, memory_bytes=1 << 30)
_PREVIEWING = ProcessLimits(cpu_s=60, wall_s=240, file_bytes=8 << 20)
_STREAM_BYTES_PER_S = 48_000


class MediaLimits(Struct, frozen=True):
    """What we take, and what making something of it may cost.

    CPU time grows with the sound: four minutes take about 9 s of it, and ten times as much is
    allowed. The clock runs four times as long, because others use the machine too.
    """

    ffmpeg: Path
    max_duration_s: int = 6 * 3600
    cpu_floor_s: int = 60
    cpu_share: float = 0.4


class RenderedAudio(Struct, frozen=True):
    """What was found out about an audio file while it was made playable.

    `loudness_lufs` and `true_peak_dbtp` are None where there is nothing to measure: silence, or
    for the loudness less than the 0.4 s that EBU R128 asks for. `peaks` are 1,000 little-endian
    uint16: the largest absolute sample of any channel in each thousandth, 65,535 full scale.
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
    has_cover: bool


class UnreadableAudio(Exception):
    """The file can't be made playable; `reason` is a sentence for whoever sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _RenderTask(Struct, frozen=True):
    """One file to make playable, and where."""

    source: Path
    target: Path
    kind: AudioKind
    size_bytes: int
    limits: MediaLimits


async def render(source: Path, target: Path, *, limits: MediaLimits) -> RenderedAudio:
    """Make `hls/`, `stream.m4a`, `preview.mp3`, and `cover.jpg` where there is a picture.

    They come to lie in the folder `target`; if this fails, in whatever way, it is empty.
    Raises UnreadableAudio where the file is to blame, ChildFailure where trying again may help.
    """
    task = await asyncio.to_thread(_begin, source, target, limits=limits)
    try:
        return await _render(task)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(_remove_made, task.target))
        raise


def _begin(source: Path, target: Path, *, limits: MediaLimits) -> _RenderTask:
    """Refuse what is no audio by its bytes; make the folders for what is."""
    source, target = source.absolute(), target.absolute()
    size_bytes = source.stat().st_size
    if size_bytes == 0:
        raise UnreadableAudio("The file is empty.")
    kind = sniff_file(source)
    if kind is None:
        raise UnreadableAudio("The file is no audio of a kind that is accepted.")
    for name in LADDER:
        (target / HLS / name).mkdir(parents=True, exist_ok=True)
    return _RenderTask(
        source=source, target=target, kind=kind, size_bytes=size_bytes, limits=limits
    )


async def _render(task: _RenderTask) -> RenderedAudio:
    """Ask, decode, compare, and make the rest out of what was decoded."""
    facts = await _ask(task)
    if facts.has_video:
        raise UnreadableAudio("The file is a video: send its sound alone.")
    _ensure_size(facts.declared_s or 0, facts.channels or 0, limits=task.limits)
    pcm = PcmReader()
    end = await _decode(task, facts, pcm=pcm)
    _ensure_whole(end, facts, pcm=pcm)
    await _make_preview(task, pcm.duration_s)
    await asyncio.to_thread(finish_hls, task.target / HLS, LADDER)
    has_cover = facts.has_picture and await _make_cover(task)
    return RenderedAudio(
        format=task.kind,
        duration_ms=round(1000 * pcm.duration_s),
        bitrate=facts.bitrate or round(8 * task.size_bytes / pcm.duration_s),
        sample_rate=pcm.sample_rate,
        channels=pcm.channels,
        loudness_lufs=read_loudness(end.words),
        true_peak_dbtp=read_true_peak(end.words),
        peaks=await asyncio.to_thread(pcm.points),
        embedded=facts.tags,
        has_cover=has_cover,
    )


async def _ask(task: _RenderTask) -> ProbedAudio:
    """Ask the file what it says of itself; one that can't be asked says nothing."""
    answer = bytearray()
    end = await run_confined(
        [sys.executable, "-P", "-m", ProbedAudio.__module__, str(task.source), task.kind, _PICTURE],
        _ASKING,
        folder=task.target,
        environment={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        take=answer.extend,
    )
    return msgspec.json.decode(answer, type=ProbedAudio) if end.exit_code == 0 else ProbedAudio()


async def _decode(task: _RenderTask, facts: ProbedAudio, *, pcm: PcmReader) -> ProcessExit:
    """Run the one command, and stop it as soon as there is more than we take."""

    def take(piece: bytes) -> None:
        pcm.feed(piece)
        _ensure_size(pcm.duration_s, pcm.channels, limits=task.limits)

    limits = task.limits
    # A file that doesn't say how long it lasts may last as long as any.
    expected_s = facts.declared_s or limits.max_duration_s
    cpu_s = limits.cpu_floor_s + round(limits.cpu_share * expected_s)
    bounds = ProcessLimits(
        cpu_s=cpu_s,
        wall_s=4 * cpu_s,
        file_bytes=(1 << 20) + _STREAM_BYTES_PER_S * limits.max_duration_s,
    )
    command = decode_command(limits.ffmpeg, task.source, kind=task.kind)
    return await run_confined(command, bounds, folder=task.target, take=take)


def _ensure_size(duration_s: float, channels: int, *, limits: MediaLimits) -> None:
    """Refuse what is longer, or has more channels, than we take."""
    if duration_s > limits.max_duration_s + 1:
        most = _spoken(limits.max_duration_s)
        raise UnreadableAudio(f"It lasts longer than {most}, which is the most that is accepted.")
    if channels > CHANNELS_MAX:
        raise UnreadableAudio(f"It has {channels} channels; at most {CHANNELS_MAX} are accepted.")


def _ensure_whole(end: ProcessExit, facts: ProbedAudio, *, pcm: PcmReader) -> None:
    """Refuse what couldn't be decoded, or only in part.

    What a file declares is right to the sample for lossless kinds and to a few frames for the
    others, so a fiftieth may be missing, but never more than a second, and always a tenth of one.
    """
    if end.has_spent_its_cpu:
        raise UnreadableAudio("The file takes far more work than a sound of its length should.")
    declared_s = facts.declared_s or 0.0
    allowed_s = min(1.0, max(0.1, declared_s / 50))
    if pcm.frames and pcm.duration_s < declared_s - allowed_s:
        of = f"{_figure(pcm.duration_s)} of {_figure(declared_s)}"
        raise UnreadableAudio(f"The file breaks off after {of} seconds.")
    if pcm.frames and facts.is_cut:
        raise UnreadableAudio(f"The file breaks off after {_figure(pcm.duration_s)} seconds.")
    if end.exit_code != 0:
        raise UnreadableAudio(_reason(end))
    if pcm.frames == 0:
        raise UnreadableAudio("The file holds no sound.")


def _reason(end: ProcessExit) -> str:
    """Say in words for people why ffmpeg gave up."""
    if "moov atom not found" in end.words:
        return "The file breaks off: the part that says where its sound lies is missing."
    if "matches no streams" in end.words:
        return "The file holds no audio."
    if "not on whitelist" in end.words:
        return "The sound in the file is coded in a way that is not accepted."
    return "The file is damaged: it can't be decoded."


async def _make_preview(task: _RenderTask, duration_s: float) -> None:
    """Cut the preview out of what we made ourselves."""
    command = preview_command(task.limits.ffmpeg, duration_s)
    end = await run_confined(command, _PREVIEWING, folder=task.target)
    if end.exit_code != 0:
        raise RuntimeError(f"ffmpeg can't read what it wrote: {end.words[-1000:]}")


async def _make_cover(task: _RenderTask) -> bool:
    """Make the cover; a picture that can't be read doesn't spoil the sound."""
    picture = task.target / _PICTURE
    try:
        await make_cover(picture, task.target / COVER, ffmpeg=task.limits.ffmpeg)
    except UnreadableImage:
        return False
    finally:
        picture.unlink(missing_ok=True)
    return True


def _remove_made(target: Path) -> None:
    """Take away all that `render` may have made."""
    shutil.rmtree(target / HLS, ignore_errors=True)
    for name in (STREAM, PREVIEW, COVER, _PICTURE):
        (target / name).unlink(missing_ok=True)


def _spoken(seconds: float) -> str:
    """Say a length as people do."""
    if seconds < 120:
        return f"{round(seconds)} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 7200 else f"{round(seconds / 3600)} hours"


def _figure(seconds: float) -> str:
    """Round to what is of interest: tenths only in short sounds."""
    return f"{seconds:.1f}" if seconds < 9.5 else f"{seconds:.0f}"
