"""The process of the job worker, and the schedule of backups beside it."""

import asyncio
import signal

from veza.app.database_connections import ProcessType
from veza.app.private_files import close_folder
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.app.worker import run_worker
from veza.launcher.embedded_engines import join_engines
from veza.launcher.process_metrics import sampling
from veza.launcher.tracing import tracing
from veza.launcher.worker_metrics import serving_metrics
from veza.operations.backups.schedule import run_schedule


def run_worker_process(settings: Settings, metrics_address: str | None) -> None:
    """Run jobs, and make the backups that are due, until SIGTERM.

    Health checks and metrics are answered at `metrics_address`, if there is one.
    """
    close_folder(settings.data_dir)

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with (
            tracing("worker"),
            join_engines(settings),
            open_services(settings, ProcessType.WORKER) as services,
            sampling(services, "worker"),
            serving_metrics(metrics_address),
        ):
            await _work(services, stop)

    asyncio.run(run())


async def _work(services: Services, stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(run_worker(services, stop))
        backing_up = group.create_task(run_schedule(services))
        await stop.wait()
        backing_up.cancel()
