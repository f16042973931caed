"""`veza prefork`, which only `veza serve` starts."""

import argparse
from importlib import import_module

from msgspec import structs

from veza.app.first_start import prepare_server
from veza.app.listeners import inherit_listeners
from veza.app.prefork import PreforkPlan, run_prefork
from veza.app.settings import Settings


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
        import_module("veza.app.cli.worker").worker(settings, arguments)

    run_prefork(settings, plan, prepare=prepare, work=work)
