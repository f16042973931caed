"""Checks of `veza doctor` of this machine: folders, the disk, open files, the clock, nginx."""

import ctypes
import os
import resource
import stat
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import asyncpg

from veza.app.file_storage import create_disk_reserve
from veza.app.settings.settings import Settings
from veza.core.clock import LEEWAY, now
from veza.infra.processes.embedded_nginx import NOT_FOUND, find_nginx
from veza.server.limits import count_connections, count_files

# Fewer connections than one address may open are too few for a server.
_MIN_CONNECTIONS = 256
# A clock that is before this was never set.
_OLDEST = datetime(2026, 1, 1, tzinfo=UTC)
# What the system call answers while nothing keeps the clock right; and the size of its struct,
# with room to spare.
_UNSYNCHRONIZED = 5
_TIMEX_BYTES = 1024
_SYNCHRONIZE = "run `timedatectl set-ntp true` on each machine"


class CheckFailed(Exception):
    """A failed check. The text says what is wrong and how to fix it."""


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[asyncpg.Connection]:
    """Yield a connection to the database. Raises CheckFailed."""
    try:
        connection = await asyncpg.connect(
            url,
            timeout=10,
            command_timeout=10,
            server_settings={"application_name": "veza doctor"},
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise CheckFailed(f"No connection ({error}): check VEZA_DATABASE_URL.") from error
    try:
        yield connection
    except TimeoutError as error:
        raise CheckFailed(
            "It accepts connections but doesn't respond. Restart it, and look at its log."
        ) from error
    finally:
        with suppress(TimeoutError):
            await connection.close(timeout=5)


async def check_ingest() -> str:
    """Return whether live streams can be received, and what to install if not."""
    nginx = await find_nginx()
    if nginx is None:
        return f"{NOT_FOUND}; only live streams need it."
    return f"nginx {nginx.version} with its RTMP module: `veza serve --with-live` receives streams"


async def check_folder(settings: Settings) -> str:
    """Check that the data directory is for its owner only, and can be written."""
    folder = settings.data_dir.absolute()
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise CheckFailed(f"Other users can read {folder}: run `chmod 700 {folder}`.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CheckFailed(
            f"{folder} can't be written. Run as its owner, or change its owner with `chown`."
        )
    return str(folder)


async def check_secrets(settings: Settings) -> str:
    """Check that only the owner can read the secrets."""
    path = settings.data_dir / "secrets.json"
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise CheckFailed(f"Other users can read {path}: run `chmod 600 {path}`.")
    return "only you can read them; include them in your backup"


async def check_disk(settings: Settings) -> str:
    """Check that the disks of data have more room than the reserve."""
    disk = create_disk_reserve(settings)
    text = f"{(await disk.measure()).free_bytes / 1e9:.1f} GB free"
    if disk.is_low:
        raise CheckFailed(
            f"Only {text}, less than VEZA_DISK_RESERVE_BYTES: nothing new is stored. Make room, or "
            "move VEZA_DATA_DIR to a larger disk."
        )
    return text


async def check_open_files(settings: Settings, server: int | None) -> str:
    """Check that an HTTP process may open the files that its connections need.

    The limit is that of the server that runs, or else of this process, which would start it.
    Servers raise theirs to the hard limit by themselves.
    """
    files = _find_file_limit(server)
    wanted = max(settings.connections_max, _MIN_CONNECTIONS)
    if count_connections(files) < wanted:
        raise CheckFailed(
            f"A process may open {files:,} files only, and {wanted:,} connections need "
            f"{count_files(wanted):,}: raise the hard limit (`LimitNOFILE=65536` in the unit of "
            "systemd, `nofile` in /etc/security/limits.conf, `ulimit -Hn` shows it), or lower "
            "VEZA_CONNECTIONS_MAX."
        )
    return f"{files:,} for each process, enough for {count_connections(files):,} connections"


def _find_file_limit(server: int | None) -> int:
    with suppress(OSError):
        return _name_limit(resource.prlimit(server or 0, resource.RLIMIT_NOFILE)[1])
    return _name_limit(resource.getrlimit(resource.RLIMIT_NOFILE)[1])


def _name_limit(limit: int) -> int:
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit


async def check_clock(url: str) -> str:
    """Check the clock of this machine: by itself, and against that of the database."""
    found = now()
    if found < _OLDEST:
        raise CheckFailed(f"It says that it is {found:%Y-%m-%d}: {_SYNCHRONIZE}.")
    difference = await _find_difference(url)
    if abs(difference) > LEEWAY:
        where = "behind" if difference > timedelta() else "ahead of"
        raise CheckFailed(
            f"It is {abs(difference).total_seconds():.0f} seconds {where} the clock of "
            f"PostgreSQL, and {LEEWAY.seconds} are allowed: tokens and limits would be wrong. "
            f"Synchronize both: {_SYNCHRONIZE}."
        )
    return f"as PostgreSQL's; {_describe_synchronization()}"


async def _find_difference(url: str) -> timedelta:
    """Return how far the clock of the database is ahead, as far as the way there lets it be known.

    The database read its clock between both moments here.
    """
    async with connected(url) as connection:
        before = now()
        there = await connection.fetchval("select clock_timestamp()")
        after = now()
    return there - min(max(there, before), after)


def _describe_synchronization() -> str:
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    if state < 0:
        return "whether it is synchronized is not known"
    if state == _UNSYNCHRONIZED:
        return f"nothing synchronizes it: {_SYNCHRONIZE}, unless it is a container's"
    return "synchronized"
