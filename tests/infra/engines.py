"""Embedded engines for tests: start them, start them from elsewhere, look at their processes."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import asyncpg
import pytest

from veza.infra.processes import embedded, programs
from veza.infra.processes.embedded import Engine
from veza.infra.processes.embedded_postgres import owner_url, start_postgres
from veza.infra.processes.programs import ProgramWheel

# What URLs, SQL and configuration files would all like to interpret.
OWNER, APP, CACHE = "o'w\\n:@/%é", 'a"p p', "v'a\"l \\#?"

IS_ROOT = os.geteuid() == 0
only_as_root = pytest.mark.skipif(not IS_ROOT, reason="needs root")
only_on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")

SOURCES = Path(embedded.__file__).parents[3]

PARENT = f"""
import asyncio, sys
from pathlib import Path
from veza.infra.processes.embedded_postgres import start_postgres
from veza.infra.processes.embedded_valkey import start_valkey

async def main():
    folder = Path(sys.argv[1])
    passwords = {{"owner_password": {OWNER!r}, "app_password": {APP!r}}}
    postgres = await start_postgres(folder, **passwords)
    valkey = await start_valkey(folder, password={CACHE!r})
    print("started", flush=True)
    if sys.argv[2] == "restart":
        await postgres.stop()
        postgres = await start_postgres(folder, **passwords)
        await postgres.stop()
        await valkey.stop()
        return
    await postgres.wait()

asyncio.run(main())
"""


async def start(folder: Path) -> Engine:
    return await start_postgres(folder, owner_password=OWNER, app_password=APP)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Engine]:
    engine = await start(folder)
    try:
        yield engine
    finally:
        await engine.stop()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def parent(folder: Path, what: str, **options: object) -> AsyncIterator[asyncio.StreamReader]:
    """Start both engines from another process, which is killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PARENT,
        str(folder),
        what,
        stdout=asyncio.subprocess.PIPE,
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": str(SOURCES), "PYTHONDONTWRITEBYTECODE": "1"},
        **options,
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def processes_in(folder: Path) -> list[str]:
    """The processes that work somewhere below a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            place = (process / "cwd").readlink()
        except OSError:
            continue
        if place.is_relative_to(folder.resolve()):
            found.append(process.name)
    return found


def user_of(engine: Engine) -> int:
    return Path(f"/proc/{engine.pid}").stat().st_uid


def program_of(engine: Engine) -> Path:
    return Path(f"/proc/{engine.pid}/exe").readlink()


def environment_and_arguments_of(engine: Engine) -> bytes:
    process = Path(f"/proc/{engine.pid}")
    return (process / "environ").read_bytes() + (process / "cmdline").read_bytes()


def copy_wheel(wheel: ProgramWheel, target: Path) -> None:
    package = programs._package_folder(wheel)
    assert package is not None
    for source in package.parent.glob(f"{wheel.package}*"):
        shutil.copytree(source, target / source.name)


async def until_empty(folder: Path, limit_s: float) -> None:
    give_up_at = monotonic() + limit_s
    while processes_in(folder):
        assert monotonic() < give_up_at, f"{processes_in(folder)} are still there"
        await asyncio.sleep(0.02)


async def make_data(folder: Path) -> Path:
    """Data that was made and used once, with no server on it."""
    async with running(folder), connected(owner_url(folder, OWNER)) as connection:
        await connection.execute("create table kept (word text)")
        await connection.execute("insert into kept values ('first')")
        await connection.execute("grant select on kept to veza_app")
    return folder
