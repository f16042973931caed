"""`veza worker`."""

import argparse
import asyncio
import signal
from contextlib import nullcontext

from veza.app.database_connections import ProcessType
from veza.app.embedded_engines import join_engines
from veza.app.private_files import close_folder
from veza.app.process_metrics import sampling
from veza.app.services import open_services
from veza.app.settings import Settings
from veza.app.tracing import tracing
from veza.app.worker import run_worker
from veza.app.worker_metrics import serving_metrics


def worker(settings: Settings, arguments: argparse.Namespace) -> None:
    """Run jobs until SIGTERM."""
    close_folder(settings.data_dir)
    # That of `veza serve` is among the metrics of its HTTP processes.
    serving = serving_metrics(settings) if arguments.command == "worker" else nullcontext()

    async def work() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with (
            tracing("worker"),
            join_engines(settings),
            open_services(settings, ProcessType.WORKER) as services,
            sampling(services, "worker"),
            serving,
        ):
            await run_worker(services, stop)

    asyncio.run(work())
