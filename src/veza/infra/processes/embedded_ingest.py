"""Runs the ingest of Icecast's protocol, SRT, RTMPS and WHIP as a child process."""

import asyncio
import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from veza.infra.ingest.ready_file import READY
from veza.infra.processes.embedded import (
    Engine,
    ProcessLaunch,
    becomes_ready,
    choose_user,
    make_folder,
    not_started,
    open_log,
    spawn,
)

MODULE = "veza.infra.ingest.ingest_process"
START_PATIENCE_S = 20.0
STOP_SIGNALS = ((signal.SIGTERM, 8.0),)


async def start_ingest(home: Path, plan: bytes) -> Engine:
    """Start the process in `home`, with its parameters as JSON. Raises CannotStart."""
    account = choose_user(home, home.parent)
    make_folder(home, 0o700, account)
    (home / READY).unlink(missing_ok=True)
    log = open_log(home / "ingest.log")
    # The working directory is no place for modules.
    command = (sys.executable, "-P", "-m", MODULE)
    launch = ProcessLaunch(command=command, folder=home, account=account, log=log)
    process = await spawn(launch, asyncio.subprocess.PIPE)
    assert process.stdin is not None
    with suppress(ConnectionError):
        process.stdin.write(plan)
        process.stdin.close()
    engine = Engine(process, STOP_SIGNALS)
    if not await becomes_ready(engine, partial(_has_written_pid, engine, home), START_PATIENCE_S):
        raise not_started("The ingest of live streams", engine, log)
    return engine


async def _has_written_pid(engine: Engine, home: Path) -> bool:
    with suppress(FileNotFoundError):
        return (home / READY).read_text() == str(engine.pid)
    return False
