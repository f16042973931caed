"""`veza-demo`: fills the server whose settings it reads."""

import argparse

from veza.app.settings.settings import Settings
from veza.cli.main import run_command
from veza.cli.with_services import with_services
from veza_demo.fill import fill


def main() -> None:
    """Fill a server. If that fails, print why and exit with status 1."""
    parser = argparse.ArgumentParser(
        "veza-demo", description="Fill an empty server with demo members, music and posts."
    )
    parser.set_defaults(command="demo")
    run_command(_fill, parser.parse_args())


def _fill(settings: Settings, arguments: argparse.Namespace) -> None:
    with_services(settings, arguments, fill)
