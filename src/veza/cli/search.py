"""`veza search`."""

import argparse
import sys

from veza.app.search_index import rebuild_search
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.cli.with_services import with_services


def search(settings: Settings, arguments: argparse.Namespace) -> None:
    """Index all that can be searched again."""

    async def rebuild(services: Services) -> None:
        await rebuild_search(services.database)
        sys.stdout.write("Everything is indexed.\n")

    with_services(settings, arguments, rebuild)
