"""Reads what clips are made of: segments of the last minutes, or frames of a recording."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from msgspec import Struct

from veza.domains.clips import errors, rules
from veza.domains.live.service import rewinding
from veza.domains.live.service.rewinding import KeptSegment
from veza.infra.media.adts import measure_us
from veza.infra.media.mpegts import remove_missing_video


class ClipPart(Struct, frozen=True):
    """A part of a clip, which is read when it is stored; `is_break`: it follows a break."""

    read: Callable[[], bytes]
    duration_us: int
    is_break: bool = False


async def cut_window(folder: Path, ended_at: datetime, seconds: int) -> list[ClipPart]:
    """Return the parts of what was sent up to a moment. Raises NothingToClip and ClipTooLarge."""
    return await asyncio.to_thread(_cut_window, folder, ended_at, seconds)


async def measure(content: bytes) -> list[ClipPart]:
    """Return frames as a part. Raises NothingToClip if there are none."""
    if not content:
        raise errors.NothingToClip
    return [ClipPart(lambda: content, await asyncio.to_thread(measure_us, content))]


def _cut_window(folder: Path, ended_at: datetime, seconds: int) -> list[ClipPart]:
    try:
        found = rewinding.find_passage(folder, ended_at, seconds)
        sizes = [each.path.stat().st_size for each in found]
    except OSError as error:
        raise errors.NothingToClip from error
    if sum(sizes) > rules.MAX_CLIP_BYTES:
        raise errors.ClipTooLarge
    if not found:
        raise errors.NothingToClip
    return [_join(group) for group in _group(found, sizes)]


def _group(found: Sequence[KeptSegment], sizes: Sequence[int]) -> list[list[KeptSegment]]:
    """Return segments in groups of some seconds, without a break within."""
    groups: list[list[KeptSegment]] = []
    length_s, length_bytes = 0.0, 0
    for each, size in zip(found, sizes, strict=True):
        is_full = length_s >= rules.PART_S or length_bytes + size > rules.PART_BYTES
        if not groups or each.is_break or is_full:
            groups.append([])
            length_s, length_bytes = 0.0, 0
        groups[-1].append(each)
        length_s += each.duration_s
        length_bytes += size
    return groups


def _join(group: Sequence[KeptSegment]) -> ClipPart:
    duration_us = round(sum(each.duration_s for each in group) * 1_000_000)
    return ClipPart(partial(_read, group), duration_us, group[0].is_break)


def _read(group: Sequence[KeptSegment]) -> bytes:
    try:
        return b"".join(remove_missing_video(each.path.read_bytes()) for each in group)
    except OSError as error:
        raise errors.NothingToClip from error
