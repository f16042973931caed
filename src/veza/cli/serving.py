"""`veza serve` and `veza migrate`."""

import argparse
import asyncio
import os
import sys

from msgspec import structs

from veza.app.settings.settings import Settings
from veza.launcher.embedded_engines import own_engines
from veza.launcher.supervisor import ServePlan
from veza.launcher.supervisor import serve as run_server


def serve(settings: Settings, arguments: argparse.Namespace) -> None:
    """Run a server until it is stopped."""
    workers = arguments.workers or settings.workers or os.cpu_count() or 1
    settings = structs.replace(settings, workers=workers)
    plan = ServePlan(
        host=arguments.host,
        port=arguments.port,
        workers=workers,
        has_worker=not arguments.no_worker,
        has_live=arguments.with_live,
    )
    sys.exit(asyncio.run(run_server(settings, plan)))


def migrate(settings: Settings, _: argparse.Namespace) -> None:
    """Bring the database up to date."""

    async def bring_up_to_date() -> None:
        async with own_engines(settings):
            sys.stdout.write("The database is up to date. Start the server with `veza serve`.\n")

    asyncio.run(bring_up_to_date())
