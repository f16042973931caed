"""Makes files for players with a confined ffmpeg; they can be read while they are made.

Requests for the same file share one process. It ends when nobody waits for it any more. It writes
to disk at its own pace, so that a slow reader holds neither memory nor a process. Files from the
beginning of a track are kept, those from a later position are not: each would be another one.
"""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from msgspec import Struct

from veza.core.errors import DiskReserveReached, Unavailable
from veza.infra.concurrency.fair_limiter import FairLimiter, FairLimits, ServerBusy
from veza.infra.media.confined_process import ProcessFailure, ProcessLimits, run_confined
from veza.infra.media.media_limits import MediaLimits
from veza.infra.media.stream_targets import (
    StreamOutput,
    StreamSource,
    max_bytes,
    stream_command,
)
from veza.infra.media.transcoded_files import SOUND, TranscodedFiles
from veza.infra.storage.disk_reserve import RETRY_AFTER_S, DiskReserve
from veza.infra.storage.opened_file import OpenedObject

log = structlog.get_logger()

_SOURCE = "source"
# How long a reader waits before it looks for more.
_LOOK_AGAIN_S = 0.05
_WAITING = 50
_WAITING_PER_MEMBER = 6
_PATIENCE_S = 20.0


class TranscodingFailed(Unavailable):
    """The file can't be converted: ffmpeg is missing, or failed."""

    code = "transcoding_failed"
    message = (
        "The server can't convert this at present: choose the original quality (`raw`) in your "
        "player."
    )


class TranscodingBusy(Unavailable):
    """Too many files, of this member or of all, are being converted or wait for it."""

    code = "transcoding_busy"
    message = "Too many songs are being converted at once: try again in a moment."


class TranscoderTools(Struct, frozen=True):
    """The limits of a process, where files are kept, and how many are made at once.

    Of `at_once` a member has half at most, and one at least. With 0 nothing is transcoded.
    """

    limits: MediaLimits
    files: TranscodedFiles
    disk: DiskReserve
    at_once: int


class TranscodingOrder(Struct, frozen=True):
    """A file to make: `tag` changes with the content that `fetch` writes to a path."""

    tag: str
    source: StreamSource
    output: StreamOutput
    fetch: Callable[[Path], Awaitable[None]]

    @property
    def name(self) -> str:
        """The name of the file, the same for the same sound."""
        output = self.output
        text = f"{self.tag} {output.kbps} {output.start_s} {output.is_copy}"
        return f"{hashlib.sha256(text.encode()).hexdigest()[:40]}.{output.target}"


class Transcoding:
    """A file that is being made, or that failed. Each who follows it leaves it once."""

    def __init__(self, work: Callable[["Transcoding"], Awaitable[None]]) -> None:
        self._file: OpenedObject | None = None
        self._followers = 0
        self._is_given_up = False
        self._task = asyncio.ensure_future(work(self))
        # Nobody may be there to read the error.
        self._task.add_done_callback(lambda task: task.cancelled() or task.exception())

    @property
    def is_done(self) -> bool:
        """Return whether nothing is added to the file any more."""
        return self._task.done()

    @property
    def is_over(self) -> bool:
        """Return whether it is too late to follow."""
        return self._is_given_up or self._task.done()

    @property
    def size(self) -> int:
        """Return how many bytes there are so far."""
        return 0 if self._file is None else os.fstat(self._file.fileno()).st_size

    def follow(self) -> None:
        """Count somebody who waits for the file."""
        self._followers += 1

    def leave(self) -> None:
        """Count somebody less; end the process if nobody is left."""
        self._followers -= 1
        if not self._followers:
            self._is_given_up = True
            self._task.cancel()

    def attach(self, path: Path) -> None:
        """Open the file, once it exists. It can be read to its end, also when it is deleted."""
        if self._file is None and path.exists():
            self._file = OpenedObject(path, _read_in_thread)

    async def begun(self) -> None:
        """Wait for the first bytes. Raises what prevents them."""
        while not self.size and not self.is_done:
            await self.look_again()
        if self.is_done:
            await self.finished()

    async def finished(self) -> None:
        """Wait until the file is complete. Raises what prevents that."""
        # The task ends for all when the last one leaves, not when one of them is cancelled.
        await asyncio.wait([self._task])
        self._task.result()

    async def look_again(self) -> None:
        """Wait until there may be more."""
        await asyncio.wait([self._task], timeout=_LOOK_AGAIN_S)

    def open(self) -> OpenedObject:
        """Open the file again, as long as it is at this moment."""
        assert self._file is not None
        return OpenedObject(f"/proc/self/fd/{self._file.fileno()}", _read_in_thread)


class Transcoder:
    """Makes and keeps the files that players want."""

    def __init__(self, tools: TranscoderTools) -> None:
        self._tools = tools
        most = max(1, tools.at_once)
        self._places = FairLimiter(
            "transcoding",
            FairLimits(
                running=most,
                running_per_client=(most + 1) // 2,
                waiting=_WAITING,
                waiting_per_client=_WAITING_PER_MEMBER,
                patience_s=_PATIENCE_S,
            ),
        )
        self._running: dict[str, Transcoding] = {}

    @property
    def is_on(self) -> bool:
        """Return whether this server transcodes at all."""
        return self._tools.at_once > 0

    async def find(self, order: TranscodingOrder) -> OpenedObject | None:
        """Open a file that is kept."""
        return await asyncio.to_thread(self._find, order.name)

    def follow(self, order: TranscodingOrder, client: str) -> Transcoding:
        """Return a file that is being made, from now on at the latest; the caller leaves it."""
        name = order.name
        found = self._running.get(name)
        if found is None or found.is_over:
            found = Transcoding(lambda made: self._make(made, order, client))
            self._running[name] = found
        found.follow()
        return found

    def _find(self, name: str) -> OpenedObject | None:
        files = self._tools.files
        if not files.touch(name):
            return None
        try:
            return OpenedObject(files.path_of(name), _read_in_thread)
        except FileNotFoundError:
            # Another process deleted it.
            return None

    async def _make(self, made: Transcoding, order: TranscodingOrder, client: str) -> None:
        try:
            async with self._places.admitted(client):
                await self._make_admitted(made, order)
        except ServerBusy as error:
            raise TranscodingBusy(retry_after=error.retry_after) from error
        except ProcessFailure as error:
            log.warning("transcoding_failed", reason=str(error))
            raise TranscodingFailed from error
        finally:
            if self._running.get(order.name) is made:
                del self._running[order.name]

    async def _make_admitted(self, made: Transcoding, order: TranscodingOrder) -> None:
        files = self._tools.files
        expected = max_bytes(order.source, order.output)
        await self._ensure_room(expected)
        making = files.making(expected)
        folder = await asyncio.to_thread(making.__enter__)
        try:
            await order.fetch(folder / _SOURCE)
            await self._run(made, order, folder, expected)
            if not order.output.start_s:
                await asyncio.to_thread(files.keep, folder / SOUND, order.name)
        finally:
            await asyncio.shield(asyncio.to_thread(making.__exit__, None, None, None))

    async def _ensure_room(self, expected: int) -> None:
        """Raise DiskReserveReached if the reserve is too near, also without the kept files."""
        disk = self._tools.disk
        if await disk.has_room(expected):
            return
        await asyncio.to_thread(self._tools.files.clear)
        if not await disk.has_room(expected):
            raise DiskReserveReached(retry_after=RETRY_AFTER_S)

    async def _run(
        self, made: Transcoding, order: TranscodingOrder, folder: Path, most_bytes: int
    ) -> None:
        limits = self._tools.limits
        cpu_s = limits.cpu_floor_s + round(limits.cpu_share * order.source.duration_s)
        bounds = ProcessLimits(cpu_s=cpu_s, wall_s=4 * cpu_s, file_bytes=most_bytes)
        command = stream_command(limits.ffmpeg, folder / _SOURCE, order.source, order.output, SOUND)
        process = asyncio.ensure_future(run_confined(command, bounds, folder=folder))
        try:
            while not process.done():
                await asyncio.wait([process], timeout=_LOOK_AGAIN_S)
                made.attach(folder / SOUND)
        finally:
            # Ends the process, and waits for its end.
            process.cancel()
            await asyncio.wait([process])
        end = process.result()
        if end.exit_code != 0 or not made.size:
            raise ProcessFailure(f"ffmpeg ended with {end.exit_code}: {end.stderr[-500:]}")


async def _read_in_thread(descriptor: int, count: int, first: int) -> bytes:
    return await asyncio.to_thread(os.pread, descriptor, count, first)
