"""Keeps the last minutes of streams that run, beside what the ingest keeps for players.

Segments are linked, not copied. All is in a folder for each stream: its segments, and the playlist
that names them. Whatever deletes what the ingest wrote does not touch it, and who does not run
keeps nothing that grows. All functions block.
"""

import os
import shutil
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from veza.domains.live.rules import media, qualities, rewinding
from veza.domains.live.rules.media import Quality, QualityPlaylist, QualitySegment
from veza.domains.live.rules.rewinding import RewindBounds, RewindSegment, RewindWindow
from veza.domains.live.service.media_files import list_made

# What has ended is played for a minute, and deleted some time later.
_LEFT_AFTER_S = 2 * media.PLAYABLE_AFTER_END.total_seconds()


class KeptSegment(Struct, frozen=True):
    """A segment of the last minutes; `is_break`: it does not continue the one before."""

    path: Path
    duration_s: float
    is_break: bool


class _KeptFile(Struct, frozen=True):
    """A segment; `size_bytes` is also that of its low quality, if it has one."""

    size_bytes: int
    ended_at: datetime
    has_low: bool


class _KeptStream(Struct, frozen=True):
    folder: Path
    before: RewindWindow
    window: RewindWindow
    files: Mapping[int, _KeptFile]


def keep_windows(written: Path, kept: Path, on_air: Collection[str], bounds: RewindBounds) -> None:
    """Keep what the ingest has written since the last time, and delete what is too much.

    `on_air` are the folders of streams that run. When all together are too large, each has the same
    share, and what some do not need of it is for the others.
    """
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    _delete_ended(kept, on_air, is_empty=bounds.max_bytes == 0 or bounds.window_s == 0)
    if bounds.max_bytes == 0 or bounds.window_s == 0:
        return
    streams = [
        _extend(written / name, kept / name, bounds.window_s)
        for name in sorted(on_air)
        if (written / name / media.PLAYLIST).exists() or (kept / name).exists()
    ]
    sizes = [sum(file.size_bytes for file in each.files.values()) for each in streams]
    share = rewinding.find_share(sizes, bounds.max_bytes)
    for each in streams:
        _store(each, _find_floor(each, share))


def find_passage(folder: Path, ended_at: datetime, seconds: float) -> list[KeptSegment]:
    """Return the kept segments of so many seconds that were sent up to a moment, in order."""
    window, files = (
        rewinding.read_window(_read(folder / media.REWIND_PLAYLIST)),
        _list_files(folder),
    )
    found: list[KeptSegment] = []
    left_s = seconds
    for each in reversed(window.segments):
        if left_s <= 0:
            break
        if each.number in files and files[each.number].ended_at <= ended_at:
            path = folder / f"{each.number}.ts"
            found.append(KeptSegment(path, each.duration_s, each.is_break))
            left_s -= each.duration_s
    return found[::-1]


def _extend(written: Path, folder: Path, window_s: int) -> _KeptStream:
    folder.mkdir(mode=0o700, exist_ok=True)
    before = rewinding.read_window(_read(folder / media.REWIND_PLAYLIST))
    new = rewinding.find_new(before, rewinding.read_window(_read(written / media.PLAYLIST)))
    added: list[RewindSegment] = []
    is_gap = False
    for each in new:
        name = f"{each.number}.ts"
        if not _link(written / name, folder / name):
            is_gap = True
            continue
        is_break = each.is_break or (is_gap and bool(added or before.segments))
        added.append(RewindSegment(each.number, each.duration_s, is_break))
        is_gap = False
    whole = RewindWindow([*before.segments, *added], before.sequence, before.breaks)
    for number in list_made(written) & {each.number for each in whole.segments}:
        _link(written / _low_name(number), folder / _low_name(number))
    return _KeptStream(folder, before, rewinding.trim(whole, window_s), _list_files(folder))


def _find_floor(stream: _KeptStream, max_bytes: int) -> datetime | None:
    """Return the time up to which all of a stream goes so that the rest fits, or None."""
    files = sorted((each.ended_at, each.size_bytes) for each in stream.files.values())
    excess = sum(size for _, size in files) - max_bytes
    floor = None
    for ended_at, size in files:
        if excess <= 0:
            break
        floor = ended_at
        excess -= size
    return floor


def _store(stream: _KeptStream, floor: datetime | None) -> None:
    """Write the playlist of a stream, then delete what it does not name.

    What it named until now stays until the next time: players may ask for it still.
    """
    window, needed = stream.window, stream.before.first
    if floor is not None:
        over = [n for n, each in stream.files.items() if each.ended_at <= floor]
        last = max(over, default=-1)
        window = rewinding.drop(window, sum(each.number <= last for each in window.segments))
        needed = last + 1
    times = {number: each.ended_at for number, each in stream.files.items()}
    text = rewinding.write_window(window, times)
    _write(stream.folder / media.REWIND_PLAYLIST, text)
    _write_low(stream, text)
    first = window.first if needed is None else needed
    for number in stream.files:
        if first is not None and number < first:
            (stream.folder / f"{number}.ts").unlink(missing_ok=True)
            (stream.folder / _low_name(number)).unlink(missing_ok=True)


def _write_low(stream: _KeptStream, sent: str) -> None:
    """Write the playlist of the low quality, if something of it is kept."""
    made = [number for number, each in stream.files.items() if each.has_low]
    low = qualities.write_playlist(sent, Quality.LOW, frozenset(made)) if made else None
    path = stream.folder / QualityPlaylist(Quality.LOW, is_past=True).name
    if low is None:
        path.unlink(missing_ok=True)
    else:
        _write(path, low)


def _delete_ended(kept: Path, on_air: Collection[str], *, is_empty: bool) -> None:
    for folder in list(kept.iterdir()):
        if is_empty or (folder.name not in on_air and _age_s(folder) > _LEFT_AFTER_S):
            shutil.rmtree(folder, ignore_errors=True)


def _age_s(folder: Path) -> float:
    for path in (folder / media.REWIND_PLAYLIST, folder):
        with suppress(OSError):
            return time.time() - path.stat().st_mtime
    return 0.0


def _list_files(folder: Path) -> dict[int, _KeptFile]:
    found: dict[int, _KeptFile] = {}
    low: dict[int, int] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            stat = entry.stat(follow_symlinks=False)
            made = media.read_quality(entry.name)
            if isinstance(made, QualitySegment):
                low[int(made.number)] = stat.st_size
            elif media.is_segment(entry.name):
                ended_at = datetime.fromtimestamp(stat.st_mtime, UTC)
                number = int(entry.name.removesuffix(".ts"))
                found[number] = _KeptFile(stat.st_size, ended_at, has_low=False)
    return {
        number: _KeptFile(each.size_bytes + low.get(number, 0), each.ended_at, number in low)
        for number, each in found.items()
    }


def _low_name(number: int) -> str:
    return QualitySegment(Quality.LOW, str(number)).name


def _link(source: Path, target: Path) -> bool:
    """Return whether a segment is kept: linked, or copied where the folders can't share it."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        return True
    except FileNotFoundError:
        return False
    except OSError:
        return _copy(source, target)
    return True


def _copy(source: Path, target: Path) -> bool:
    passing = target.with_suffix(".part")
    try:
        shutil.copy2(source, passing, follow_symlinks=False)
        passing.replace(target)
    except OSError:
        return False
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _write(path: Path, text: str) -> None:
    passing = path.with_suffix(".part")
    passing.write_text(text)
    passing.replace(path)
