"""Encodes the sound of streams on air a second time, for slow connections, as far as there is room.

What the ingest writes is read, and segments are added to its folder; nothing of it waits for them.
Nothing is kept in between: a worker that is killed, or an ffmpeg, goes on with the newest segment,
and players get the sound as sent in place of what is missing.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import structlog
from msgspec import Struct

from veza.domains.live.queries import stored_streams
from veza.domains.live.rules import media, qualities, rewinding
from veza.domains.live.rules.media import Quality, QualitySegment
from veza.domains.live.rules.rewinding import RewindSegment, RewindWindow
from veza.domains.live.service.media_files import list_made
from veza.infra.media.adts import SegmentSound, read_sound
from veza.infra.media.low_sound import LowSegment, LowSoundEncoder, elapsed, encoding_low
from veza.infra.postgres.database import Database
from veza.infra.processes.lock import hold_lock

log = structlog.get_logger()

_LOOK_EACH_S = 0.4
_SWEEP_EACH_S = 60.0
# As long as the ingest keeps segments that left its playlist.
_KEPT_S = 150.0
# An encoder that sends nothing for so long, and twice as long as a segment, may be gone.
_IDLE_S = 3.0
_MAX_PAUSE_S = 30.0
_TICKS = 90_000
_MAX_STEP = 30 * _TICKS
_MAX_SEGMENT_BYTES = 32 << 20


class LadderTools(Struct, frozen=True):
    """The ffmpeg, the folder of the ingest, how many streams at once, and whether to write."""

    ffmpeg: Path
    folder: Path
    max_streams: int
    has_room: Callable[[], bool]


class _ReadSegment(Struct, frozen=True):
    segment: RewindSegment
    sound: SegmentSound


class Ladders:
    """The streams of this machine whose sound is encoded, each in a task of its own."""

    def __init__(self, database: Database, tools: LadderTools) -> None:
        self._database = database
        self._tools = tools
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(tools.max_streams)
        self._lock = ExitStack()
        self._is_held = False
        self._swept_at = 0.0

    async def tend(self) -> None:
        """Begin with streams that went on air, and stop with those that ended."""
        if not await asyncio.to_thread(self._tools.folder.is_dir) or not self._hold():
            return
        async with self._database.read() as conn:
            on_air = [str(each) for each in await stored_streams.list_media_on_air(conn)]
        for name in [name for name, task in self._tasks.items() if task.done()]:
            del self._tasks[name]
        for name in [name for name in self._tasks if name not in on_air]:
            await _end(self._tasks.pop(name))
        for name in on_air if self._tools.max_streams else ():
            if name not in self._tasks:
                ladder = _StreamLadder(self._tools, self._tools.folder / name, self._places)
                self._tasks[name] = asyncio.create_task(ladder.run())
        if time.monotonic() - self._swept_at > _SWEEP_EACH_S:
            self._swept_at = time.monotonic()
            await asyncio.to_thread(sweep, self._tools.folder, time.time() - _KEPT_S)

    async def close(self) -> None:
        """Stop with all streams."""
        for task in self._tasks.values():
            await _end(task)
        self._tasks.clear()
        self._lock.close()
        self._is_held = False

    def _hold(self) -> bool:
        """Return whether this is the only worker that encodes the streams of this folder."""
        if not self._is_held:
            with ExitStack() as stack:
                self._is_held = stack.enter_context(hold_lock(self._tools.folder.parent)) is None
                if self._is_held:
                    self._lock = stack.pop_all()
        return self._is_held


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


class _StreamLadder:
    """One stream: runs of segments without a break, each with an ffmpeg of its own.

    It has one of the places while it runs one.
    """

    def __init__(self, tools: LadderTools, folder: Path, places: asyncio.Semaphore) -> None:
        self._tools = tools
        self._folder = folder
        self._places = places
        # The last segment that was encoded, or was left out.
        self._last: int | None = None
        self._has_written = False

    async def run(self) -> None:
        """Encode until cancelled; after a failure wait, and go on with the newest segment."""
        pause_s = 1.0
        while True:
            try:
                await self._wait_for_more(None)
                async with self._places:
                    await self._encode_run()
            except Exception as error:
                # Its text may name the folder, which is secret where a stream has an audience.
                log.warning("low_quality_failed", reason=type(error).__name__)
                pause_s = 1.0 if self._has_written else min(_MAX_PAUSE_S, 2 * pause_s)
                self._has_written, self._last = False, None
                await asyncio.sleep(pause_s)

    async def _encode_run(self) -> None:
        """Encode up to a break, or until nothing is sent for some time."""
        found = await self._wait_for_more(_IDLE_S)
        if not found:
            return
        async with encoding_low(self._tools.ffmpeg, self._tools.folder.parent) as encoder:
            before: int | None = None
            idle_s = _IDLE_S
            while found:
                for each in found:
                    if before is not None and _is_break(each, before):
                        await self._store(await encoder.finish())
                        return
                    self._last = each.segment.number
                    before = await _encode(encoder, each, before)
                    idle_s = max(_IDLE_S, 2 * each.segment.duration_s)
                found = await self._wait_for_more(idle_s, encoder)
            await self._store(await encoder.finish())

    async def _wait_for_more(
        self, patience_s: float | None, encoder: LowSoundEncoder | None = None
    ) -> list[_ReadSegment]:
        """Return the next segments; none after waiting so long, or if some were missed."""
        began_at = time.monotonic()
        while patience_s is None or time.monotonic() - began_at < patience_s:
            if encoder is not None:
                await self._store(encoder.take())
            window = await asyncio.to_thread(_read_window, self._folder)
            new = _find_next(window, self._last)
            if new is None:
                self._last = None
                return []
            if new:
                return await asyncio.to_thread(_read_sounds, self._folder, new)
            await asyncio.sleep(_LOOK_EACH_S)
        return []

    async def _store(self, done: Sequence[LowSegment]) -> None:
        if done and self._tools.has_room():
            await asyncio.to_thread(_write, self._folder, done)
            self._has_written = True


def sweep(folder: Path, written_before: float) -> None:
    """Delete segments that no playlist names any more, also those of streams that ended."""
    for each in folder.iterdir():
        named = {segment.number for segment in _read_window(each).segments}
        for number in list_made(each) - named:
            path = each / QualitySegment(Quality.LOW, str(number)).name
            if _written_at(path) < written_before:
                path.unlink(missing_ok=True)


def _is_break(each: _ReadSegment, before: int) -> bool:
    """Return whether the sound of a segment does not continue the one that began `before`."""
    start = each.sound.start
    is_continued = start is None or 0 < elapsed(before, start) < _MAX_STEP
    return each.segment.is_break or not is_continued


async def _encode(encoder: LowSoundEncoder, each: _ReadSegment, before: int | None) -> int | None:
    if each.sound.start is None:
        return before
    await encoder.encode(each.segment.number, each.sound)
    return each.sound.start


def _find_next(window: RewindWindow, last: int | None) -> list[RewindSegment] | None:
    """Return what follows a segment, or the newest one; None if too much was missed."""
    if last is None:
        return window.segments[-1:]
    new = [each for each in window.segments if each.number > last]
    return None if len(new) > qualities.MAX_PENDING else new


def _read_window(folder: Path) -> RewindWindow:
    try:
        text = (folder / media.PLAYLIST).read_text(errors="replace")
    except OSError:
        text = ""
    return rewinding.read_window(text)


def _read_sounds(folder: Path, segments: Sequence[RewindSegment]) -> list[_ReadSegment]:
    return [_ReadSegment(each, _read_sound(folder / f"{each.number}.ts")) for each in segments]


def _read_sound(path: Path) -> SegmentSound:
    try:
        is_small = path.stat().st_size <= _MAX_SEGMENT_BYTES
        return read_sound(path.read_bytes() if is_small else b"")
    except OSError:
        return read_sound(b"")


def _write(folder: Path, done: Sequence[LowSegment]) -> None:
    """Write segments that players have not got in another way meanwhile."""
    for each in done:
        if qualities.is_late(_read_window(folder), each.number):
            continue
        name = QualitySegment(Quality.LOW, str(each.number)).name
        # The ingest deletes what is left of it, by its ending.
        passing = folder / "passing.ts"
        passing.write_bytes(each.content)
        passing.replace(folder / name)


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
