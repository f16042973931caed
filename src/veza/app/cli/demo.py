"""`veza demo`."""

import argparse

from veza.app.cli.with_services import with_services
from veza.app.settings import Settings
from veza_demo.fill import fill


def demo(settings: Settings, arguments: argparse.Namespace) -> None:
    """Fill an empty server with the demo community."""
    with_services(settings, arguments, fill)
