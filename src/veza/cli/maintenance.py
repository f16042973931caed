"""`veza maintenance`."""

import argparse
import sys

import msgspec

from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.cli.with_services import with_services
from veza.core.errors import CannotStart
from veza.domains.platform.site_controls import service as control
from veza.domains.platform.site_controls.models import Maintenance, MaintenanceChange


def maintenance(settings: Settings, arguments: argparse.Namespace) -> None:
    """Switch maintenance on or off, or show it."""
    options = {"message": arguments.message, "ends_at": arguments.until}
    given = {name: value for name, value in options.items() if value is not None}
    try:
        change = msgspec.convert({"enabled": arguments.what == "on"} | given, MaintenanceChange)
    except msgspec.ValidationError as error:
        raise CannotStart(str(error)) from error

    async def switch(services: Services) -> None:
        if arguments.what == "status":
            async with services.database.read() as conn:
                state = await control.get_maintenance(conn)
        else:
            async with services.database.transaction() as tx:
                state = await control.set_maintenance(tx, change)
        sys.stdout.write(_describe(state) + "\n")

    with_services(settings, arguments, switch)


def _describe(state: Maintenance) -> str:
    if state.started_at is None:
        return "Maintenance is off."
    text = f"Maintenance is on since {state.started_at:%Y-%m-%d %H:%M} UTC"
    if state.ends_at is not None:
        text += f", planned until {state.ends_at:%Y-%m-%d %H:%M} UTC"
    return text + (f": {state.message}" if state.message else ".")
