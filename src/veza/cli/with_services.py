"""Runs what a command does with the services, and records the changes that it makes."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.launcher.embedded_engines import join_engines
from veza.operations.command_records import record_command


def with_services(
    settings: Settings,
    arguments: argparse.Namespace,
    action: Callable[[Services], Coroutine[Any, Any, None]],
) -> None:
    """Open the engines and the services, and run an action with them."""

    async def run() -> None:
        async with join_engines(settings), open_services(settings) as services:
            username = getattr(arguments, "username", None)
            record_command(services.database, arguments.command, username)
            await action(services)

    asyncio.run(run())
