"""The command line: `veza serve`, and the commands for people who run a server."""

import argparse
import asyncio
import getpass
import os
import re
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog

from veza.app.api import create_litestar
from veza.app.cli import doctor, verify_audit, verify_ledger, verify_storage
from veza.app.database_connections import ProcessType
from veza.app.embedded_engines import create_data_dir, join_engines, own_engines
from veza.app.environment import find_unknown_settings, format_table, read_settings
from veza.app.http_server import inherit_listeners, open_listeners, run_http
from veza.app.live_ingest import create_config
from veza.app.logs import configure_logs
from veza.app.search_index import rebuild_search
from veza.app.services import Services, open_services
from veza.app.settings import FREE_IN_PRODUCTION, Settings
from veza.app.supervisor import ServePlan, serve
from veza.app.worker import run_worker
from veza.core.access import Role
from veza.core.errors import CannotStart, VezaError
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.models import RegistrationForm
from veza.domains.live.jobs import reseal_keys
from veza.domains.platform.site_controls import service as control
from veza.domains.platform.site_controls.models import Maintenance, MaintenanceChange
from veza.http.swagger import document_of
from veza.infra.processes.parent_death import die_with
from veza.infra.security.secrets import draw_sealing_key
from veza_demo.fill import fill

log = structlog.get_logger()

type Arguments = argparse.Namespace

# The commands that run until they are stopped.
_SERVING = {"serve", "http", "worker"}


def main() -> None:
    """Run the command of the arguments. If it fails, print why and exit with status 1."""
    arguments = _create_parser().parse_args()
    try:
        settings = read_settings()
        configure_logs(settings)
        if arguments.parent is not None:
            # Killed, so that a new server can use the same port immediately.
            is_http = arguments.command == "http"
            die_with(arguments.parent, signal.SIGKILL if is_http else signal.SIGTERM)
        else:
            for hint in find_unknown_settings():
                log.warning("unknown_setting", hint=hint)
            if settings.is_free_in_production and arguments.command in _SERVING:
                log.warning("sandbox_in_production", hint=FREE_IN_PRODUCTION)
        arguments.run(settings, arguments)
    except CannotStart as error:
        sys.exit(f"veza: {error}")
    except VezaError as error:
        sys.exit(" ".join([f"veza: {error}", *(detail.message for detail in error.details)]))
    except KeyboardInterrupt:
        sys.exit(130)


def _create_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "veza",
        description="The server of a music community. Run `veza doctor` first: it checks this "
        "machine and the settings, and explains how to fix what is wrong.",
    )
    parser.set_defaults(parent=None)
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")

    def add(name: str, run: Callable[[Settings, Arguments], None], text: str) -> Any:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument("--parent", type=int, help=argparse.SUPPRESS)
        return command

    for name, run, text in (
        ("serve", _serve, "Run a server: the engines, the HTTP processes and the job worker."),
        ("http", _http, "Run one HTTP process. It uses the engines of a running server."),
    ):
        _add_serving(add(name, run, text), name)
    add("worker", _worker, "Run the job worker only, such as on another machine.")
    add("migrate", _migrate, "Update the database schema. Stop the server first.")
    _add_create_admin(add("create-admin", _create_admin, "Create an account for an admin."))
    command = add("set-role", _set_role, "Change the role of a member.")
    command.add_argument("username")
    command.add_argument("role", choices=[role.value for role in Role])
    _add_audit(add("audit", _audit, "Verify the audit log, or sign its new events."))
    _add_verify(add("ledger", _ledger, "Verify all amounts in the ledger, to the cent."))
    command = _add_verify(add("storage", _storage, "Verify that storage and database match."))
    command.add_argument("--deep", action="store_true", help="read every file, check its SHA-256")
    text = "Index all that can be searched again. The server may run meanwhile."
    add("search", _search, text).add_argument("task", choices=["rebuild"])
    text = "Print a configuration for a separate nginx, or encrypt all stream keys with a new key."
    _add_live(add("live", _live, text))
    _add_maintenance(add("maintenance", _maintenance, "Switch maintenance on or off, or show it."))
    add("doctor", _doctor, "Check what a server needs, and explain what to fix.")
    add("openapi", _openapi, "Print the OpenAPI document.")
    add("settings", _settings, "Print a table of all settings.")
    add("demo", _demo, "Fill an empty server with demo members, music and posts.")
    return parser


def _add_serving(command: argparse.ArgumentParser, name: str) -> None:
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    command.add_argument("--port", type=int, default=8080, help="port to listen on (%(default)s)")
    if name == "http":
        # The sockets that the supervisor binds for all HTTP processes.
        command.add_argument("--fd", type=int, help=argparse.SUPPRESS)
        command.add_argument("--health-fd", type=int, help=argparse.SUPPRESS)
    if name == "serve":
        command.add_argument("--workers", type=int, help="number of HTTP processes (one per core)")
        command.add_argument("--no-worker", action="store_true", help="run no job worker")
        command.add_argument("--with-live", action="store_true", help="receive live streams")


def _add_create_admin(command: argparse.ArgumentParser) -> None:
    command.add_argument("email")
    command.add_argument("username")
    command.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input, don't ask",
    )


def _add_verify(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("task", choices=["verify"])
    return command


def _add_audit(command: Any) -> None:
    command.add_argument("task", choices=["verify", "sign"])
    command.add_argument(
        "--signature",
        metavar="NUMBER:DIGEST",
        help="a signature that you noted earlier, to check against",
    )
    command.add_argument(
        "--former-secrets", type=Path, metavar="FILE", help="a file of former secrets, one per line"
    )


def _add_live(command: argparse.ArgumentParser) -> None:
    command.add_argument("task", choices=["config", "rotate-keys"])
    command.add_argument(
        "--url",
        type=_parse_url,
        default="http://127.0.0.1:8080",
        help="the URL at which nginx reaches Veza (%(default)s)",
    )


def _parse_url(text: str) -> str:
    if not re.fullmatch(r'http://[^/?#\s"\\]+/?', text):
        raise ValueError
    return text.rstrip("/")


def _add_maintenance(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", choices=["on", "off", "status"])
    command.add_argument("--message", help="the message to show to members")
    command.add_argument(
        "--until",
        type=_parse_time,
        help="the planned end, such as 2026-03-01T04:00 in this machine's time zone. It is only "
        "shown: maintenance ends when you switch it off",
    )


def _parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _serve(settings: Settings, arguments: Arguments) -> None:
    workers = arguments.workers or settings.workers or os.cpu_count() or 1
    plan = ServePlan(
        host=arguments.host,
        port=arguments.port,
        workers=workers,
        has_worker=not arguments.no_worker,
        has_live=arguments.with_live,
    )
    asyncio.run(serve(settings, plan))


def _http(settings: Settings, arguments: Arguments) -> None:
    if arguments.fd is None:
        listeners = open_listeners(settings, arguments.host, arguments.port)
    else:
        listeners = inherit_listeners(arguments.fd, arguments.health_fd)
    run_http(settings, listeners)


def _worker(settings: Settings, _: Arguments) -> None:
    async def work() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with (
            join_engines(settings),
            open_services(settings, ProcessType.WORKER) as services,
        ):
            await run_worker(services, stop)

    asyncio.run(work())


def _migrate(settings: Settings, _: Arguments) -> None:
    async def migrate_() -> None:
        async with own_engines(settings):
            sys.stdout.write("The database is up to date. Start the server with `veza serve`.\n")

    asyncio.run(migrate_())


def _create_admin(settings: Settings, arguments: Arguments) -> None:
    password = sys.stdin.readline().rstrip("\n") if arguments.password_stdin else getpass.getpass()
    try:
        form = msgspec.convert(
            {"username": arguments.username, "email": arguments.email, "password": password},
            RegistrationForm,
        )
    except msgspec.ValidationError as error:
        raise CannotStart(str(error)) from error

    async def create(services: Services) -> None:
        await accounts.create_account(services.database, services.login_context, form, Role.ADMIN)
        sys.stdout.write(f"{form.username} is an admin now. Sign in with {form.email}.\n")

    _with_services(settings, arguments, create)


def _set_role(settings: Settings, arguments: Arguments) -> None:
    async def change(services: Services) -> None:
        async with services.database.transaction() as tx:
            user_id = await accounts.find_any_user_id(tx, arguments.username)
            await accounts.set_role(tx, user_id, Role(arguments.role))
        sys.stdout.write(f"{arguments.username} now has the role {arguments.role}.\n")

    _with_services(settings, arguments, change)


def _audit(settings: Settings, arguments: Arguments) -> None:
    async def verify(services: Services) -> None:
        if not await verify_audit.verify(
            services, note=arguments.signature, former=arguments.former_secrets
        ):
            sys.exit(1)

    _with_services(settings, arguments, verify_audit.sign if arguments.task == "sign" else verify)


def _ledger(settings: Settings, arguments: Arguments) -> None:
    async def verify(services: Services) -> None:
        if not await verify_ledger.verify(services):
            sys.exit(1)

    _with_services(settings, arguments, verify)


def _storage(settings: Settings, arguments: Arguments) -> None:
    async def verify(services: Services) -> None:
        if not await verify_storage.verify(services, is_deep=arguments.deep):
            sys.exit(1)

    _with_services(settings, arguments, verify)


def _search(settings: Settings, arguments: Arguments) -> None:
    async def rebuild(services: Services) -> None:
        await rebuild_search(services.database)
        sys.stdout.write("Everything is indexed.\n")

    _with_services(settings, arguments, rebuild)


def _live(settings: Settings, arguments: Arguments) -> None:
    create_data_dir(settings)
    if arguments.task == "config":
        sys.stdout.write(asyncio.run(create_config(settings, arguments.url)))
        return
    # Before the services are opened: they encrypt with the newest key that exists then.
    if not settings.live_sealing_keys:
        draw_sealing_key(settings.data_dir)

    async def rotate(services: Services) -> None:
        count = await reseal_keys(services.database, services.live)
        sys.stdout.write(f"{count} stream keys were encrypted with a new key.\n")

    _with_services(settings, arguments, rotate)


def _maintenance(settings: Settings, arguments: Arguments) -> None:
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

    _with_services(settings, arguments, switch)


def _describe(state: Maintenance) -> str:
    if state.started_at is None:
        return "Maintenance is off."
    text = f"Maintenance is on since {state.started_at:%Y-%m-%d %H:%M} UTC"
    if state.ends_at is not None:
        text += f", planned until {state.ends_at:%Y-%m-%d %H:%M} UTC"
    return text + (f": {state.message}" if state.message else ".")


def _doctor(settings: Settings, _: Arguments) -> None:
    if not asyncio.run(doctor.run_checks(settings)):
        sys.exit(1)


def _openapi(settings: Settings, _: Arguments) -> None:
    sys.stdout.write(document_of(create_litestar(settings)).decode() + "\n")


def _settings(_: Settings, __: Arguments) -> None:
    sys.stdout.write(format_table())


def _demo(settings: Settings, arguments: Arguments) -> None:
    _with_services(settings, arguments, fill)


def _with_services(
    settings: Settings,
    arguments: Arguments,
    action: Callable[[Services], Coroutine[Any, Any, None]],
) -> None:
    async def run() -> None:
        async with join_engines(settings), open_services(settings) as services:
            verify_audit.record_command(services.database, arguments.command)
            await action(services)

    asyncio.run(run())
