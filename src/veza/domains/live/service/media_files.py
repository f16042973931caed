"""Reads the media of a stream: what the ingest wrote, what is kept of it, and its qualities.

The playlists of the qualities, and the sound without pictures, are made of the files that are
there, so they are good whether or not anything encodes.
"""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from veza.domains.live.rules import media, qualities, rewinding
from veza.domains.live.rules.media import Quality, QualityPlaylist, QualitySegment
from veza.domains.live.rules.qualities import OfferedMedia
from veza.domains.live.rules.rewinding import RewindSegment, RewindWindow
from veza.domains.live.service.context import LiveContext
from veza.infra.media.adts import read_sound, stamp_ticks
from veza.infra.media.mpegts import find_video_codec, remove_missing_video
from veza.infra.storage.local_files import read_file

# Rates are measured by so many of the newest segments.
_MEASURED = 20
_LOW_NAME = re.compile(r"low-([0-9]{1,18})\.aac")


async def read_media_file(context: LiveContext, folder: str, name: str) -> bytes | None:
    """Return a file of a stream, or None. `folder` is the name of its media."""
    if media.is_master(name):
        return await _read_master(context, folder, is_past=name == media.REWIND_MASTER)
    wanted = media.read_quality(name)
    if isinstance(wanted, QualityPlaylist):
        return await _read_playlist(context, folder, wanted)
    if isinstance(wanted, QualitySegment):
        return await _read_segment(context, folder, wanted)
    content = await _read(context, folder, name)
    if content is None or media.is_playlist(name):
        return content
    return remove_missing_video(content)


def list_made(folder: Path) -> frozenset[int]:
    """Return the numbers of the segments of a folder that were encoded. It blocks."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return frozenset()
    return frozenset(int(match[1]) for name in names if (match := _LOW_NAME.fullmatch(name)))


async def _read(context: LiveContext, folder: str, name: str) -> bytes | None:
    """Return what the ingest or the worker wrote, or what is kept of it for who goes back."""
    content = None
    is_past = name.startswith("rewind")
    if not is_past:
        content = await read_file(context.folder / folder / name)
    if content is None and (is_past or not media.is_playlist(name)) and context.rewind_s > 0:
        content = await read_file(context.rewind_folder / folder / name)
    return content


async def _read_segment(context: LiveContext, folder: str, wanted: QualitySegment) -> bytes | None:
    if wanted.quality is Quality.LOW:
        return await _read(context, folder, wanted.name)
    content = await _read(context, folder, wanted.sent)
    if content is None:
        return None
    sound = await asyncio.to_thread(read_sound, content)
    return stamp_ticks(sound.frames, sound.start or 0)


async def _read_playlist(
    context: LiveContext, folder: str, wanted: QualityPlaylist
) -> bytes | None:
    if wanted.is_past and wanted.quality is Quality.LOW:
        # The worker writes it, because there may be thousands of files.
        return await _read(context, folder, wanted.name)
    content = await _read(context, folder, wanted.sent)
    if content is None:
        return None
    made: frozenset[int] = frozenset()
    if wanted.quality is Quality.LOW:
        made = await asyncio.to_thread(list_made, context.folder / folder)
    text = qualities.write_playlist(content.decode(errors="replace"), wanted.quality, made)
    return None if text is None else text.encode()


async def _read_master(context: LiveContext, folder: str, *, is_past: bool) -> bytes | None:
    """Return the master playlist, as soon as there is something to play."""
    sent = await _read(context, folder, media.PLAYLIST)
    if is_past and await _read(context, folder, media.REWIND_PLAYLIST) is None:
        return None
    window = rewinding.read_window((sent or b"").decode(errors="replace"))
    if not window.segments:
        return None
    return await asyncio.to_thread(_write_master, context, folder, window, is_past=is_past)


def _write_master(
    context: LiveContext, folder: str, window: RewindWindow, *, is_past: bool
) -> bytes | None:
    written = context.folder / folder
    newest = window.segments[-_MEASURED:]
    made = list_made(written)
    sent = _measure(written, [(f"{each.number}.ts", each) for each in newest])
    if not sent:
        return None
    names = [(QualitySegment(Quality.LOW, str(each.number)).name, each) for each in newest]
    low = _measure(written, [(name, each) for name, each in names if each.number in made])
    codec, sound = _look_into(written, newest[-3:])
    has_low = context.has_ladders and qualities.is_low_offered(window, made)
    if is_past:
        has_low = (context.rewind_folder / folder / "rewind-low.m3u8").exists()
    offered = OfferedMedia(sent, sound, low, codec)
    return qualities.write_master(offered, has_low=has_low, is_past=is_past).encode()


def _measure(folder: Path, named: Sequence[tuple[str, RewindSegment]]) -> list[tuple[int, float]]:
    """Return sizes and seconds of the files that are there."""
    found: list[tuple[int, float]] = []
    for name, segment in named:
        try:
            size = (folder / name).stat().st_size
        except OSError:
            continue
        if segment.duration_s > 0:
            found.append((size, segment.duration_s))
    return found


def _look_into(
    folder: Path, segments: Sequence[RewindSegment]
) -> tuple[str | None, list[tuple[int, float]]]:
    """Return the codec of the pictures, if there are any, and the sizes of the sound."""
    codec: str | None = None
    sound: list[tuple[int, float]] = []
    for each in segments:
        try:
            content = (folder / f"{each.number}.ts").read_bytes()
        except OSError:
            continue
        codec = codec or find_video_codec(content)
        if (frames := read_sound(content).frames) and each.duration_s > 0:
            sound.append((len(frames), each.duration_s))
    return codec, sound
