"""Runs a program on untrusted input, with resource limits and an empty environment."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from veza.core.errors import OutOfSpace
from veza.infra.media.confined_launcher import CANNOT_RUN

_LAUNCHER = Path(__file__).with_name("confined_launcher.py")
_CHUNK_BYTES = 1 << 20
_TAIL_BYTES = 64 << 10
# A disk with less is full.
_FULL_BYTES = 64 << 20


class ProcessLimits(Struct, frozen=True):
    """The limits of one process. `memory_bytes` limits its address space."""

    cpu_s: int
    wall_s: int
    file_bytes: int
    memory_bytes: int = 2 << 30


class ProcessFailure(Exception):
    """A program couldn't be run, or failed for a reason other than its input: a retry may help."""


class ProcessExit(Struct, frozen=True):
    """The exit code, negative for a signal, and the last 64 KiB of stderr."""

    exit_code: int
    stderr: str

    @property
    def exceeded_cpu(self) -> bool:
        """Whether the CPU limit ended it; ffmpeg handles the signal and reports it."""
        return self.exit_code == -signal.SIGXCPU or "received signal 24" in self.stderr


async def run_confined(
    command: Sequence[str],
    limits: ProcessLimits,
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    take: Callable[[bytes], None] | None = None,
) -> ProcessExit:
    """Run a program in `folder` to its end, and pass its stdout to `take` in pieces of 1 MiB.

    `take` runs in a thread. The program and its children have ended when this returns, also after a
    timeout, a cancellation or an error of `take`. Raises ProcessFailure, and OutOfSpace.
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
    stderr = asyncio.create_task(_tail(process.stderr))
    try:
        async with asyncio.timeout(limits.wall_s):
            if process.stdout is not None and take is not None:
                await _pump(process.stdout, take)
            end = ProcessExit(exit_code=await process.wait(), stderr=await stderr)
    except TimeoutError as error:
        raise ProcessFailure(f"{command[0]} ran longer than {limits.wall_s} s.") from error
    finally:
        await asyncio.shield(_end(process, stderr))
    _raise_for_environment(end, command[0], folder)
    return end


class FedProcess:
    """A program that reads what is written to it, until it ends by itself or its feed does."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def write(self, data: bytes) -> None:
        """Write, and wait while the program reads slowly. Raises ProcessFailure if it ended."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            await self._process.stdin.drain()
        except ConnectionError as error:
            raise ProcessFailure("The program ended before its input.") from error

    async def finish(self) -> None:
        """Close the standard input, and wait for the end of the program."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    @property
    def output(self) -> asyncio.StreamReader:
        """The standard output, if `feed_confined` was called `with_output`."""
        assert self._process.stdout is not None
        return self._process.stdout

    async def wait(self) -> int:
        """Wait for the end of the program; return its exit code."""
        return await self._process.wait()


@contextlib.asynccontextmanager
async def feed_confined(
    command: Sequence[str], limits: ProcessLimits, *, folder: Path, with_output: bool = False
) -> AsyncGenerator[FedProcess]:
    """Run a program in `folder` that reads its input from this process, and kill it at the end.

    What it says is dropped: it may quote its input. `with_output` its standard output is read.
    """
    process = await asyncio.create_subprocess_exec(
        *_confined(command, limits),
        stdin=PIPE,
        stdout=PIPE if with_output else DEVNULL,
        stderr=DEVNULL,
        cwd=folder,
        env={},
        limit=_CHUNK_BYTES,
        start_new_session=True,
    )
    try:
        yield FedProcess(process)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _raise_for_environment(end: ProcessExit, program: str, folder: Path) -> None:
    """Raise ProcessFailure, or OutOfSpace, if the exit isn't due to the input."""
    if end.exit_code == CANNOT_RUN:
        raise ProcessFailure(f"Can't run {end.stderr[-500:]}")
    if end.exit_code == -signal.SIGKILL:
        raise ProcessFailure(f"{program} was killed: the memory may have run out.")
    # What a program writes may quote its input, which must not be retried without limit.
    is_full = shutil.disk_usage(folder).free < _FULL_BYTES
    if end.exit_code and is_full and "No space left on device" in end.stderr:
        raise OutOfSpace


def _confined(command: Sequence[str], limits: ProcessLimits) -> list[str]:
    """Return the command that starts the launcher, which sets the limits."""
    arguments = (os.getpid(), limits.cpu_s, limits.file_bytes, limits.memory_bytes)
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER)]
    return [*launcher, *map(str, arguments), *command]


async def _pump(stream: asyncio.StreamReader, take: Callable[[bytes], None]) -> None:
    while not stream.at_eof():
        try:
            piece = await stream.readexactly(_CHUNK_BYTES)
        except asyncio.IncompleteReadError as end:
            piece = end.partial
        await asyncio.to_thread(take, piece)


async def _tail(stream: asyncio.StreamReader) -> str:
    """Read to the end; return the last 64 KiB."""
    kept = b""
    while piece := await stream.read(_TAIL_BYTES):
        kept = (kept + piece)[-_TAIL_BYTES:]
    return kept.decode(errors="replace")


async def _end(process: Process, stderr: asyncio.Task[str]) -> None:
    """Kill the process group, unless the process has ended, and wait for its end."""
    if process.returncode is not None:
        stderr.cancel()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # asyncio reports the exit only after the pipes were read to their end.
    if process.stdout is not None:
        await _tail(process.stdout)
    await stderr
    await process.wait()
