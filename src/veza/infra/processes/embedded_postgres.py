"""Runs PostgreSQL as a child process if no database URL is set."""

import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic
from urllib.parse import quote

import asyncpg

from veza.infra.processes.embedded import (
    HERE,
    Engine,
    becomes_ready,
    not_started,
    open_log,
    short_socket_folder,
    spawn,
)
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

# For a stopping server; and for recovery, which replays at most `max_wal_size`.
LOCK_PATIENCE_S = 20.0
START_PATIENCE_S = 300.0
CONNECT_TIMEOUT_S = 10.0

# In the log of a server that finds another one on its data.
LOCK_MESSAGES = ('lock file "', "pre-existing shared memory block")

# Fast shutdown first; after SIGQUIT the next start runs recovery.
STOP_SIGNALS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))

# Enough for eight processes with pools of the usual size, and for commands.
MIN_CONNECTIONS = 200

SETTINGS = {
    "cluster_name": "veza",
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_directories": "../run",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "shared_preload_libraries": "pg_stat_statements",
    # Never lose a committed transaction.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # The machine is shared with the program.
    "shared_buffers": "256MB",
    # A fixed part of the memory: the default for these buffers is 8 MB. Every commit is flushed.
    "wal_buffers": "4MB",
    # Memory for each possible connection. No transaction is serializable.
    "max_pred_locks_per_transaction": "10",
    "max_logical_replication_workers": "0",
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
    # The detail of a constraint violation quotes the row, which may be personal data. That of a
    # deadlock, which processes waited for what, is logged by the program.
    "log_error_verbosity": "terse",
    # Statements that wait for a lock for a second, whoever ends the wait.
    "log_lock_waits": "on",
}


def owner_url(folder: Path, password: str) -> str:
    """Return the URL for migrations, with the role that owns the database."""
    return _url(folder, OWNER_ROLE, password)


def app_url(folder: Path, password: str) -> str:
    """Return the URL for the application, with the role that migrations grant rights to."""
    return _url(folder, APP_ROLE, password)


def _url(folder: Path, role: str, password: str) -> str:
    sockets = short_socket_folder(folder / "postgres" / "run", SOCKET_NAME)
    return f"postgresql://{role}:{quote(password, safe='')}@/{DATABASE}?host={quote(str(sockets))}"


async def start_postgres(
    folder: Path,
    *,
    owner_password: str,
    app_password: str,
    max_connections: int = MIN_CONNECTIONS,
) -> Engine:
    """Start a server for `owner_url` and `app_url`; create its data if there is none.

    Raises CannotStart, also if the server ends before the roles have logged in.

    Each of `max_connections` costs 30 KiB, used or not. Call it from the main thread, as the server
    ends with the thread that started it, and with the lock on the data folder.
    """
    passwords = {OWNER_ROLE: owner_password, APP_ROLE: app_password}
    cluster = await open_cluster(folder)
    if not cluster.folder.exists():
        await create_cluster(cluster, passwords)
    engine = await _start(cluster, max_connections)
    try:
        if await _accepts(folder, passwords):
            return engine
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # Killed at this moment, for example; `TimeoutError` is an `OSError`.
        await engine.stop()
        raise not_started("PostgreSQL", engine, cluster.log) from error
    except BaseException:
        await engine.stop()
        raise
    # The data came from elsewhere, or its secrets were renewed.
    await engine.stop()
    await set_passwords(cluster, passwords)
    return await _start(cluster, max_connections)


async def _start(cluster: Cluster, max_connections: int) -> Engine:
    """Start the server; wait for an earlier one that is stopping. Raises CannotStart."""
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    settings.append(f"--max_connections={max_connections}")
    launch = cluster.launch("postgres", "-D", cluster.name_of(cluster.folder), *settings)
    give_up_at = monotonic() + LOCK_PATIENCE_S
    while True:
        _remove_stale_locks(cluster)
        log = open_log(cluster.log.path)
        engine = Engine(await spawn(launch, asyncio.subprocess.DEVNULL), STOP_SIGNALS)
        is_ready = partial(_is_ready, engine, cluster.folder)
        if await becomes_ready(engine, is_ready, START_PATIENCE_S):
            return engine
        output = log.tail()
        if monotonic() > give_up_at or not any(text in output for text in LOCK_MESSAGES):
            raise not_started("PostgreSQL", engine, log)
        await asyncio.sleep(0.1)


def _remove_stale_locks(cluster: Cluster) -> None:
    """Remove the lock files of a dead server whose process id belongs to another process now.

    That is common in containers, and PostgreSQL doesn't detect it. It still detects remaining
    backends by their shared memory.
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
    """Return the folder in /proc of the process in the lock file."""
    lines = _lock_lines(folder)
    if not Path(HERE).exists() or not lines or not lines[0].isdecimal():
        return None
    return Path("/proc") / lines[0]


def _lock_lines(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


async def _is_ready(engine: Engine, folder: Path) -> bool:
    lines = _lock_lines(folder)
    # The file may belong to an earlier server.
    is_own = lines[:1] == [str(engine.pid)]
    return is_own and [line.strip() for line in lines[7:8]] == ["ready"]


async def _accepts(folder: Path, passwords: Mapping[str, str]) -> bool:
    """Return whether all roles can log in with these passwords."""
    try:
        await asyncio.gather(*(_log_in(_url(folder, *pair)) for pair in passwords.items()))
    except asyncpg.InvalidPasswordError:
        return False
    return True


async def _log_in(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S)
    await connection.close(timeout=CONNECT_TIMEOUT_S)
