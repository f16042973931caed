"""`veza worker`."""

import argparse
import asyncio
import signal

from veza.app.database_connections import ProcessType
from veza.app.embedded_engines import join_engines
from veza.app.process_metrics import sampling
from veza.app.services import open_services
from veza.app.settings import Settings
from veza.app.worker import run_worker


def worker(settings: Settings, _: argparse.Namespace) -> None:
    """Run jobs until SIGTERM."""

    async def work() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with (
            join_engines(settings),
            open_services(settings, ProcessType.WORKER) as services,
            sampling(services, "worker"),
        ):
            await run_worker(services, stop)

    asyncio.run(work())
