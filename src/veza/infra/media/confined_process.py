"""Runs a program on strangers' bytes: bounded, without an environment, and never left behind."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from veza.infra.media.confined_launcher import CANNOT_RUN

_LAUNCHER = Path(__file__).with_name("confined_launcher.py")
_CHUNK_BYTES = 1 << 20
_TAIL_BYTES = 64 << 10


class ProcessLimits(Struct, frozen=True):
    """What one run may use at most.

    Memory counts addresses, of which programs take far more than memory.
    """

    cpu_s: int
    wall_s: int
    file_bytes: int
    memory_bytes: int = 2 << 30


class ProcessFailure(Exception):
    """A program couldn't be run, or ended for a reason that lies outside its input: try again."""


class ProcessExit(Struct, frozen=True):
    """How a run ended: by a signal where `exit_code` is negative. `words` is the tail of stderr."""

    exit_code: int
    words: str

    @property
    def has_spent_its_cpu(self) -> bool:
        """Whether the limit on CPU time ended it: by itself (ffmpeg hears the signal) or not."""
        return self.exit_code == -signal.SIGXCPU or "received signal 24" in self.words


async def run_confined(
    command: Sequence[str],
    limits: ProcessLimits,
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    take: Callable[[bytes], None] | None = None,
) -> ProcessExit:
    """Run a program in `folder` to its end, and hand what it writes to `take`, piece by piece.

    `take` runs in a thread. Whatever ends this call (its end, the time-out, a cancellation, or
    what `take` raises), the program and its children are dead when it ends. Raises ChildFailure.
    """
    process = await asyncio.create_subprocess_exec(
        *_confined(command, limits),
        stdin=DEVNULL,
        stdout=DEVNULL if take is None else PIPE,
        stderr=PIPE,
        cwd=folder,
        env=dict(environment or {}),
        limit=_CHUNK_BYTES,
        start_new_session=True,
    )
    assert process.stderr is not None
    words = asyncio.create_task(_tail(process.stderr))
    try:
        async with asyncio.timeout(limits.wall_s):
            if process.stdout is not None and take is not None:
                await _pump(process.stdout, take)
            end = ProcessExit(exit_code=await process.wait(), words=await words)
    except TimeoutError as error:
        raise ProcessFailure(f"{command[0]} ran longer than {limits.wall_s} s.") from error
    finally:
        await asyncio.shield(_end(process, words))
    _ensure_own_doing(end, command[0])
    return end


def _ensure_own_doing(end: ProcessExit, program: str) -> None:
    """Raise where it wasn't the program's input that ended it."""
    if end.exit_code == CANNOT_RUN:
        raise ProcessFailure(f"Can't run {end.words[-500:]}")
    if end.exit_code == -signal.SIGKILL:
        raise ProcessFailure(f"{program} was killed: the memory may have run out.")
    if end.exit_code and "No space left on device" in end.words:
        raise ProcessFailure("The disk is full.")


def _confined(command: Sequence[str], limits: ProcessLimits) -> list[str]:
    """Put the launcher, which sets the limits, before the command."""
    bounds = (os.getpid(), limits.cpu_s, limits.file_bytes, limits.memory_bytes)
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER)]
    return [*launcher, *(str(bound) for bound in bounds), *command]


async def _pump(stream: asyncio.StreamReader, take: Callable[[bytes], None]) -> None:
    """Hand the stream on in pieces of a mebibyte, the last one shorter."""
    piece = b""
    while not stream.at_eof():
        try:
            piece = await stream.readexactly(_CHUNK_BYTES)
        except asyncio.IncompleteReadError as end:
            piece = end.partial
        await asyncio.to_thread(take, piece)


async def _tail(stream: asyncio.StreamReader) -> str:
    """Read to the end, and keep only the last of it."""
    kept = b""
    while piece := await stream.read(_TAIL_BYTES):
        kept = (kept + piece)[-_TAIL_BYTES:]
    return kept.decode(errors="replace")


async def _end(process: Process, words: asyncio.Task[str]) -> None:
    """End what still runs of the process's group, and wait until the kernel has let go of it."""
    if process.returncode is not None:
        words.cancel()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # Its end is told only once its pipes have ended too, and where a lot is unread, nobody looks
    # whether a pipe has.
    if process.stdout is not None:
        await _tail(process.stdout)
    await words
    await process.wait()
