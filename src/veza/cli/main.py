"""The command line: `veza serve`, and the commands for people who run a server.

The module of a command is imported when it runs, so that the supervisor stays small.
"""

import argparse
import re
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog

from veza.app.data_dir import explain_file
from veza.app.private_files import keep_files_private
from veza.app.settings.environment import find_unknown_settings, read_settings
from veza.app.settings.setting_types import FREE_IN_PRODUCTION
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.errors import CannotStart, VezaError
from veza.infra.processes.garbage import without_collections
from veza.infra.processes.parent_death import die_with
from veza.launcher.logs import configure_logs

log = structlog.get_logger()

# The commands that run until they are stopped.
_SERVING = {"serve", "http", "worker"}


def main() -> None:
    """Run the command of the arguments. If it fails, print why and exit with status 1."""
    parser = _create_parser()
    arguments, further = parser.parse_known_args()
    # All that it doesn't know itself is for psql.
    if further and arguments.command != "psql":
        parser.error(f"unrecognized arguments: {' '.join(further)}")
    arguments.further = further
    if arguments.parent is not None:
        die_with(arguments.parent, signal.SIGKILL)
    run_command(_import_command, arguments)


def run_command(
    command: Callable[[Settings, argparse.Namespace], None], arguments: argparse.Namespace
) -> None:
    """Run a command with the settings. If it fails, print why and exit with status 1."""
    try:
        settings = read_settings()
        keep_files_private(settings)
        configure_logs(settings)
        if getattr(arguments, "parent", None) is None:
            for hint in find_unknown_settings():
                log.warning("unknown_setting", hint=hint)
            if settings.is_free_in_production and arguments.command in _SERVING:
                log.warning("sandbox_in_production", hint=FREE_IN_PRODUCTION)
        _run(command, settings, arguments)
    except CannotStart as error:
        sys.exit(f"veza: {error}")
    except VezaError as error:
        sys.exit(" ".join([f"veza: {error}", *(detail.message for detail in error.details)]))
    except KeyboardInterrupt:
        sys.exit(130)


def _import_command(settings: Settings, arguments: argparse.Namespace) -> None:
    with without_collections():
        module = import_module(f"veza.cli.{arguments.module}")
    getattr(module, arguments.command.replace("-", "_"))(settings, arguments)


def _run(
    command: Callable[[Settings, argparse.Namespace], None],
    settings: Settings,
    arguments: argparse.Namespace,
) -> None:
    """Run a command. Raises CannotStart if it may not use a file of the data directory."""
    try:
        command(settings, arguments)
    except OSError as error:
        reason = explain_file(settings.data_dir, error)
        if reason is None:
            raise
        raise CannotStart(reason) from error


def _create_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "veza",
        description="The server of a music community. Run `veza doctor` first: it checks this "
        "machine and the settings, and explains how to fix what is wrong.",
    )
    parser.set_defaults(parent=None)
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")

    def add(name: str, module: str, text: str) -> Any:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(module=module)
        return command

    text = "Run a server: the engines, the HTTP processes and the job worker."
    _add_serve(add("serve", "serving", text))
    text = "Run one HTTP process. It uses the engines of a running server."
    _add_address(add("http", "http", text))
    # Without a help text it isn't listed: only `veza serve` starts it.
    _add_prefork(commands.add_parser("prefork"))
    add("worker", "worker", "Run the job worker only, such as on another machine.")
    add("migrate", "serving", "Update the database schema. Stop the server first.")
    _add_members(add)
    _add_audit(add("audit", "verification", "Verify the audit log, or sign its new events."))
    _add_verify(add("ledger", "verification", "Verify all amounts in the ledger, to the cent."))
    text = "Verify that storage and database match."
    _add_deep(_add_verify(add("storage", "verification", text)))
    _add_backup(add("backup", "backup", "Back up all data while the server runs."))
    _add_restore(add("restore", "backup", "Restore a backup into an empty data directory."))
    _add_search(add("search", "search", "Index all that can be searched again."))
    text = "Print a configuration for a separate nginx, or encrypt all stream keys with a new key."
    _add_live(add("live", "live", text))
    text = "Draw all secrets of the data directory again. Stop the server first."
    add("rotate-secrets", "live", text)
    _add_maintenance(add("maintenance", "maintenance", "Switch maintenance, or show it."))
    _add_views(add)
    add("openapi", "openapi", "Print the OpenAPI document.")
    add("settings", "settings", "Print a table of all settings.")
    return parser


def _add_views(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    text = "Open psql on the database, read-only; further arguments are psql's."
    _add_psql(add("psql", "psql", text))
    text = "Show what uses the disk and the storage, by kind and by member."
    _add_disk(add("disk", "disk", text))
    _add_top(add("top", "top", "Show what a running server does, live."))
    add("doctor", "doctor", "Check what a server needs, and explain what to fix.")


def _add_psql(command: argparse.ArgumentParser) -> None:
    command.allow_abbrev = False
    command.add_argument("--write", action="store_true", help="allow changes; that is recorded")


def _add_disk(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON, in bytes")
    command.add_argument(
        "--members", type=_parse_count, default=20, help="members to list (%(default)s)"
    )


def _add_top(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--url", default="http://127.0.0.1:8080", help="address of the server (%(default)s)"
    )
    command.add_argument("--once", action="store_true", help="print one frame, for scripts")
    command.add_argument(
        "--interval", type=float, default=2.0, help="seconds between frames (%(default)s)"
    )


def _add_members(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    _add_create_admin(add("create-admin", "members", "Create an account for an admin."))
    _add_set_role(add("set-role", "members", "Change the role of a member."))
    text = "Give a member a new password, which is asked for, or printed without a terminal."
    add("reset-password", "members", text).add_argument("username")
    text = "Remove all second factors of a member who has lost them, at once."
    add("remove-factors", "members", text).add_argument("username")
    text = "Erase an address from the orders that were made with it without an account."
    add("erase-guest", "members", text).add_argument("email")


def _add_set_role(command: argparse.ArgumentParser) -> None:
    command.add_argument("username")
    command.add_argument("role", choices=[role.value for role in Role])


def _add_address(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    command.add_argument("--port", type=int, default=8080, help="port to listen on (%(default)s)")


def _add_serve(command: argparse.ArgumentParser) -> None:
    _add_address(command)
    command.add_argument("--workers", type=int, help="number of HTTP processes (one per core)")
    command.add_argument("--no-worker", action="store_true", help="run no job worker")
    command.add_argument("--with-live", action="store_true", help="receive live streams")


def _add_prefork(command: argparse.ArgumentParser) -> None:
    """Add the arguments that the supervisor passes: its process id, and the bound sockets."""
    command.set_defaults(module="prefork")
    command.add_argument("--parent", type=int, required=True)
    command.add_argument("--workers", type=int, required=True)
    command.add_argument("--no-worker", action="store_true")
    command.add_argument("--fd", type=int, required=True)
    command.add_argument("--health-fd", type=int)


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


def _add_deep(command: argparse.ArgumentParser) -> None:
    command.add_argument("--deep", action="store_true", help="read every file, check its SHA-256")


def _add_backup(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "target",
        nargs="?",
        help="a folder, or a URL such as s3://bucket/prefix (VEZA_BACKUP_TARGET)",
    )
    command.add_argument(
        "--keep",
        type=_parse_count,
        help="delete all but so many (0: delete none; without TARGET: VEZA_BACKUP_KEEP)",
    )
    command.add_argument("--list", action="store_true", help="list the backups, make none")
    command.add_argument("--verify", action="store_true", help="read all backups again, make none")
    command.add_argument("--if-due", action="store_true", help="make none before it is due")
    _add_identity(command)
    # Of the worker.
    command.add_argument("--parent", type=int, help=argparse.SUPPRESS)


def _add_identity(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--identity",
        type=Path,
        metavar="FILE",
        help="the private key of encrypted backups, as `age-keygen` wrote it",
    )


def _parse_count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 on")
    return int(text)


def _add_restore(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "target",
        nargs="?",
        help="the folder or URL that was given to `veza backup` (VEZA_BACKUP_TARGET)",
    )
    command.add_argument("--backup", metavar="ID", help="the backup to restore (the newest one)")
    command.add_argument(
        "--allow-missing",
        action="store_true",
        help="leave out files that the backup lacks or has damaged, and list whose they are",
    )
    _add_identity(command)
    command.add_argument(
        "--database",
        type=Path,
        metavar="FILE",
        help="restore only the database, from a copy that was made before a migration",
    )


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


def _add_search(command: argparse.ArgumentParser) -> None:
    command.add_argument("task", choices=["rebuild"])


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
