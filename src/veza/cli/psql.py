"""`veza psql`: the client of PostgreSQL, connected to the database of this server."""

import argparse
import asyncio
import os
import signal
import sys

from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.cli.with_services import with_services
from veza.infra.postgres.dump import find_postgres_program, split_password
from veza.launcher.embedded_engines import join_engines

_READ_ONLY = "-c default_transaction_read_only=on"


def psql(settings: Settings, arguments: argparse.Namespace) -> None:
    """Run psql with the further arguments, and exit with its status.

    It connects with the role of the program, which may not change protected data, and changes
    nothing by mistake: transactions are read-only, unless `--write` is given, which is recorded.
    """
    further: list[str] = arguments.further

    async def write(services: Services) -> None:
        # It changes nothing, and has the record of the command.
        async with services.database.transaction():
            pass
        sys.exit(await _run(services.addresses.database, further, can_write=True))

    async def read() -> int:
        async with join_engines(settings) as engines:
            return await _run(engines.addresses.database, further, can_write=False)

    if arguments.write:
        with_services(settings, arguments, write)
    else:
        sys.exit(asyncio.run(read()))


async def _run(url: str, further: list[str], *, can_write: bool) -> int:
    bare, password = split_password(url)
    options = os.environ.get("PGOPTIONS", "")
    environment = os.environ | {
        "PGAPPNAME": "veza psql",
        "PGPASSWORD": password,
        "PGOPTIONS": options if can_write else f"{options} {_READ_ONLY}",
    }
    # Ctrl-C interrupts a statement; psql itself decides what that ends.
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: None)
    process = await asyncio.create_subprocess_exec(
        find_postgres_program("psql"),
        "--no-password",
        f"--dbname={bare}",
        *further,
        env=environment,
    )
    return await process.wait()
