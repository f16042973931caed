"""`veza settings`."""

import argparse
import sys

from veza.app.settings.environment import format_table
from veza.app.settings.settings import Settings


def settings(_: Settings, __: argparse.Namespace) -> None:
    """Print a table of all settings."""
    sys.stdout.write(format_table())
