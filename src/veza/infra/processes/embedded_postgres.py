"""PostgreSQL as a child of ours, for whoever gave no database URL."""

import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from urllib.parse import quote

import asyncpg

from veza.core.errors import CannotStart
from veza.infra.processes.embedded import HERE, Engine, open_log, short_socket_folder, spawn
from veza.infra.processes.embedded_cluster import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    Cluster,
    create_cluster,
    open_cluster,
    set_passwords,
)

SOCKET_NAME = ".s.PGSQL.5432"

# A dying server needs a moment; recovery after a crash replays at most `max_wal_size`.
LOCK_PATIENCE_S = 20.0
START_PATIENCE_S = 300.0
POLL_S = 0.01
CONNECT_TIMEOUT_S = 10.0

# What a server says when it finds another one that has not quite ended.
LOCK_WORDS = ('lock file "', "pre-existing shared memory block")

# Fast shutdown first; SIGQUIT leaves the rest to the next start's recovery.
STOP_SIGNALS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))

SETTINGS = {
    "cluster_name": "veza",
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_directories": "../run",
    "unix_socket_permissions": "0700",
    "max_connections": "500",
    "password_encryption": "scram-sha-256",
    "shared_preload_libraries": "pg_stat_statements",
    # Never lose what was committed.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # The machine is shared with the program.
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # The detail of a violated constraint quotes the row, which may be about a person.
    "log_error_verbosity": "terse",
}


def owner_url(folder: Path, password: str) -> str:
    """Return the address for migrations: this role owns the database."""
    return _url(folder, OWNER_ROLE, password)


def app_url(folder: Path, password: str) -> str:
    """Return the address for the program: its role may do what the migrations grant it."""
    return _url(folder, APP_ROLE, password)


def _url(folder: Path, role: str, password: str) -> str:
    sockets = short_socket_folder(folder / "postgres" / "run", SOCKET_NAME)
    return f"postgresql://{role}:{quote(password, safe='')}@/{DATABASE}?host={quote(str(sockets))}"


async def start_postgres(folder: Path, *, owner_password: str, app_password: str) -> Engine:
    """Start a server that answers at `owner_url` and `app_url`; the first start makes its data.

    Call it from the main thread: the server ends with the thread that started it. One start at a
    time on one folder: whoever calls holds a lock on the data.
    """
    passwords = {OWNER_ROLE: owner_password, APP_ROLE: app_password}
    cluster = await open_cluster(folder)
    if not cluster.folder.exists():
        await create_cluster(cluster, passwords)
    engine = await _start(cluster)
    try:
        if await _accepts(folder, passwords):
            return engine
    except BaseException:
        await engine.stop()
        raise
    # The data came from elsewhere, or its secrets were renewed.
    await engine.stop()
    await set_passwords(cluster, passwords)
    return await _start(cluster)


async def _start(cluster: Cluster) -> Engine:
    """Start the server; where one that is ending holds its lock, wait for that and try again."""
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    launch = cluster.launch("postgres", "-D", cluster.name_of(cluster.folder), *settings)
    give_up_at = monotonic() + LOCK_PATIENCE_S
    while True:
        _remove_stale_locks(cluster)
        log = open_log(cluster.log.path)
        engine = Engine(await spawn(launch, asyncio.subprocess.DEVNULL), STOP_SIGNALS)
        if await _becomes_ready(engine, cluster.folder):
            return engine
        said = log.tail()
        if monotonic() > give_up_at or not any(words in said for words in LOCK_WORDS):
            raise CannotStart(
                f"PostgreSQL ended as it started (exit code {engine.exit_code}). "
                f"The last lines of {log.path}:\n{said}"
            )
        await asyncio.sleep(0.1)


def _remove_stale_locks(cluster: Cluster) -> None:
    """Remove the lock files of a server that is gone, if some other process now has its id.

    That is common in containers, and PostgreSQL can't tell. That no backend is left over it still
    finds out, by the shared memory.
    """
    process = _process_folder(cluster.folder)
    if process is None:
        return
    with suppress(OSError):
        # A server works in its data directory.
        if (process / "cwd").samefile(cluster.folder):
            return
    for path in (cluster.folder / "postmaster.pid", *(cluster.home / "run").glob(".s.PGSQL.*")):
        path.unlink(missing_ok=True)


def _process_folder(folder: Path) -> Path | None:
    """Where the system tells of the process that the lock file names."""
    lines = _lock_lines(folder)
    if not Path(HERE).exists() or not lines or not lines[0].isdecimal():
        return None
    return Path("/proc") / lines[0]


def _lock_lines(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


async def _becomes_ready(engine: Engine, folder: Path) -> bool:
    """Wait until it accepts connections; False if it has ended instead."""
    try:
        async with asyncio.timeout(START_PATIENCE_S):
            while engine.exit_code is None:
                lines = _lock_lines(folder)
                # The file may be that of the server before.
                is_its_own = lines[:1] == [str(engine.pid)]
                if is_its_own and [line.strip() for line in lines[7:8]] == ["ready"]:
                    return True
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        await engine.stop()
        raise CannotStart(
            f"PostgreSQL was not ready after {START_PATIENCE_S:.0f} seconds: see its log."
        ) from None
    except BaseException:
        await engine.stop()
        raise
    return False


async def _accepts(folder: Path, passwords: Mapping[str, str]) -> bool:
    """Whether both roles may log in."""
    try:
        for address in (
            owner_url(folder, passwords[OWNER_ROLE]),
            app_url(folder, passwords[APP_ROLE]),
        ):
            connection = await asyncpg.connect(address, timeout=CONNECT_TIMEOUT_S)
            await connection.close(timeout=CONNECT_TIMEOUT_S)
    except asyncpg.InvalidPasswordError:
        return False
    return True
