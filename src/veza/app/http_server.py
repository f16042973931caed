"""The HTTP processes of a node: granian, with the application in each."""

import gc
import multiprocessing
import os
import signal

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings
from granian.log import LogLevels

from veza.app.api import create_app
from veza.infra.parent import die_with

DRAIN_S = 10
_PARENT = "_VEZA_HTTP_PARENT"


def run_http(host: str, port: int, workers: int) -> None:
    """Serve HTTP until SIGTERM; requests in flight then have ten seconds."""
    # The object store's library doesn't survive a fork.
    multiprocessing.set_start_method("spawn")
    os.environ[_PARENT] = str(os.getpid())
    Granian(
        "veza.app.http_server:load_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        runtime_mode=RuntimeModes.st,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=30_000),
        backlog=2048,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=DRAIN_S,
        log_level=LogLevels.warning,
    ).serve()


def load_app() -> object:
    """Make the application of one HTTP process, which ends when its parent does."""
    die_with(int(os.environ[_PARENT]), signal.SIGKILL)
    app = create_app()
    # What was made until now stays for good: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    return app
