"""Child processes that end with the benchmark, and CPU time and memory of processes from /proc."""

import asyncio
import ctypes
import os
import re
import signal
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_STOP_S = 30.0
# Programs that are counted apart from the server.
_DATABASE = "postgres"
_OTHERS = {"valkey-server", "ffmpeg"}


class Cpu(Struct, frozen=True):
    """CPU time in seconds by process: of a server, and of its PostgreSQL.

    That of ended backends is counted as the postmaster's.
    """

    server: dict[int, float]
    database: dict[int, float]

    def since(self, before: "Cpu") -> tuple[float, float]:
        """Return the CPU time of the server, but for ended processes, and of PostgreSQL since."""
        database_s = sum(self.database.values()) - sum(before.database.values())
        return _used(before.server, self.server), database_s


def _used(before: dict[int, float], after: dict[int, float]) -> float:
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


@asynccontextmanager
async def running(
    *command: str | Path, **options: Any
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run a program until the block ends. It gets SIGTERM then, and if this process dies."""
    process = await start(*command, **options)
    try:
        yield process
    finally:
        await stop(process)


async def start(*command: str | Path, **options: Any) -> asyncio.subprocess.Process:
    """Start a program that gets SIGTERM if this process dies, but no Ctrl-C of the terminal."""
    quiet = {"stdin": asyncio.subprocess.DEVNULL, "process_group": 0}
    return await asyncio.create_subprocess_exec(
        *map(str, command), preexec_fn=_die_with_parent, **(quiet | options)
    )


async def stop(process: asyncio.subprocess.Process) -> None:
    """Send SIGTERM and wait; after 30 seconds send SIGKILL."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def output_of(*command: str | Path, data: bytes | None = None, **options: Any) -> str:
    """Run a program and return its standard output. Raises RuntimeError if it fails."""
    pipe = asyncio.subprocess.PIPE
    stdin = asyncio.subprocess.DEVNULL if data is None else pipe
    async with running(*command, stdin=stdin, stdout=pipe, stderr=pipe, **options) as process:
        output, errors = await process.communicate(data)
    if process.returncode != 0:
        name = Path(command[0]).name
        raise RuntimeError(f"{name} failed: {errors.decode(errors='replace')[-1000:]}")
    return output.decode(errors="replace")


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def cpu_of_server(supervisor: int, database_of: int | None = None) -> Cpu:
    """Return the CPU time of the processes of a server, and of the PostgreSQL that it uses.

    A peer uses the PostgreSQL below `database_of`.
    """
    programs = find_programs(supervisor)
    others = programs if database_of is None else find_programs(database_of)
    server = [pid for pid, name in programs.items() if name not in {_DATABASE, *_OTHERS}]
    database = [pid for pid, name in others.items() if name == _DATABASE]
    return Cpu(
        {pid: cpu_s_of(pid) for pid in server},
        {pid: cpu_s_of(pid, with_ended=True) for pid in database},
    )


def find_programs(root: int) -> dict[int, str]:
    """Return the name of the program of a process and of all its descendants, by process id."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                head, _, rest = (folder / "stat").read_text().rpartition(")")
                names[int(folder.name)] = head.partition("(")[2]
                parents[int(folder.name)] = int(rest.split()[1])
    found = {root}
    while new := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= new
    return {pid: names[pid] for pid in found if pid in names}


def cpu_s_of(pid: int, *, with_ended: bool = False) -> float:
    """Return the CPU time that a process has used, in seconds; 0 if it has ended.

    On request with that of its children that have ended.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / _TICKS_PER_S


def pss_mib_of(pids: Iterable[int]) -> float:
    """Return the memory of processes in MiB, with shared pages divided among their users."""
    return sum(_memory_mib(Path(f"/proc/{pid}/smaps_rollup"), "Pss") for pid in pids)


def rss_mib_of(pid: int) -> float:
    """Return the resident memory of a process in MiB."""
    return _memory_mib(Path(f"/proc/{pid}/status"), "VmRSS")


def _memory_mib(path: Path, field: str) -> float:
    with suppress(OSError):
        if found := re.search(rf"^{field}:\s+(\d+) kB", path.read_text(), re.MULTILINE):
            return int(found[1]) / 1024
    return 0.0


def find_listeners(root: int, port: int) -> list[int]:
    """Return the processes below `root` that hold the listening socket of a port."""
    inodes = _listening_inodes(port)
    return [pid for pid in sorted(find_programs(root)) if inodes & _socket_inodes(pid)]


def _listening_inodes(port: int) -> set[str]:
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    return {row[9] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}


def _socket_inodes(pid: int) -> set[str]:
    inodes: set[str] = set()
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
    return inodes
