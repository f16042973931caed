"""`veza doctor`."""

import argparse
import asyncio
import sys

from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.launcher.embedded_engines import join_engines
from veza.operations.doctor import check_program, check_server, report_failure


def doctor(settings: Settings, _: argparse.Namespace) -> None:
    """Run all checks; exit with 1 if one fails."""
    if not asyncio.run(run_checks(settings)):
        sys.exit(1)


async def run_checks(settings: Settings) -> bool:
    """Print a line for each check. Return whether all succeeded."""
    is_ok = await check_program(settings)
    try:
        async with join_engines(settings) as engines:
            return await check_server(settings, engines.addresses, engines.server) and is_ok
    except CannotStart as error:
        report_failure("engines", str(error))
        return False
