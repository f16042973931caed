"""`veza worker`."""

import argparse

from veza.app.settings.settings import Settings
from veza.launcher.worker_process import run_worker_process


def worker(settings: Settings, _: argparse.Namespace) -> None:
    """Run jobs until SIGTERM."""
    run_worker_process(settings, settings.worker_metrics_address)
