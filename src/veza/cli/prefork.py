"""`veza prefork`, which only `veza serve` starts."""

import argparse
from importlib import import_module

from msgspec import structs

from veza.app.settings.settings import Settings
from veza.launcher.first_start import prepare_server
from veza.launcher.listeners import inherit_listeners
from veza.launcher.prefork import PreforkPlan, run_prefork


def prefork(settings: Settings, arguments: argparse.Namespace) -> None:
    """Fork HTTP processes and the job worker until SIGTERM."""
    settings = structs.replace(settings, workers=arguments.workers)
    plan = PreforkPlan(
        inherit_listeners(arguments.fd, arguments.health_fd),
        arguments.workers,
        has_worker=not arguments.no_worker,
    )

    def prepare() -> None:
        prepare_server(settings)

    def work() -> None:
        # Imported after the fork: HTTP processes don't use what the job worker uses.
        process = import_module("veza.launcher.worker_process")
        # Its metrics are among those of the HTTP processes.
        process.run_worker_process(settings, None)

    run_prefork(settings, plan, prepare=prepare, work=work)
