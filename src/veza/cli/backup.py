"""`veza backup` and `veza restore`."""

import argparse
import asyncio
import os
import sys

from veza.app.backup_schedule import find_schedule
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.cli.with_services import with_services
from veza.core.errors import CannotStart
from veza.domains.platform.backups import service as backups
from veza.domains.platform.backups.models import BackupSchedule
from veza.launcher.embedded_engines import own_engines, start_empty_engines
from veza.operations.backups.create import create_backup, create_due_backup, describe_problem
from veza.operations.backups.keys import find_backup_keys
from veza.operations.backups.repository import BackupManifest, Repository, open_repository
from veza.operations.backups.restore import restore_backup, restore_copy
from veza.operations.backups.verify import verify_backups
from veza.operations.verification.affected_files import find_affected, print_affected
from veza.operations.verification.ledger import verify as verify_ledger
from veza.operations.verification.storage import verify as verify_storage

_MAX_SHOWN = 20
# A backup that the worker began leaves the processor to others.
_NICENESS = 10
_LACKS_FILES = 3


def backup(settings: Settings, arguments: argparse.Namespace) -> None:
    """Make a backup while the server runs; or list or verify the backups that there are.

    Ends with status 1 too if the storage lacks files that the backup should have.
    """
    if arguments.parent is not None:
        os.nice(_NICENESS)
    keep = settings.backup_keep if arguments.target is None else 0
    if arguments.keep is not None:
        keep = arguments.keep

    is_whole = True

    async def create(services: Services) -> None:
        nonlocal is_whole
        # The server has its secrets by now, and so its key.
        repository = await _open_recorded(services, arguments)
        if arguments.if_due:
            schedule = BackupSchedule(repository.name, settings.backup_interval)
            made = await create_due_backup(services, repository, schedule, keep=keep)
        else:
            made = await create_backup(services, repository, keep=keep)
        repository.storage.close()
        _report(made, settings.backup_reread_runs)
        is_whole = made is None or made[0].is_whole

    if arguments.list:
        asyncio.run(_list(_open(settings, arguments)))
    elif arguments.verify:
        asyncio.run(_verify(_open(settings, arguments)))
    else:
        with_services(settings, arguments, create)
        if not is_whole:
            sys.exit(1)


def restore(settings: Settings, arguments: argparse.Namespace) -> None:
    """Restore a backup into an empty data directory, database and storage, and verify it.

    Ends with status 1 if something is not right, and with 3 if all is right but for files that the
    backup lacks, which `--allow-missing` allows.
    """
    if arguments.database is not None:
        migrated = asyncio.run(restore_copy(settings, arguments.database, start_empty_engines))
        _write(f"Restored the database from {arguments.database}.")
        _write_migrated(migrated)
        return
    repository = _open(settings, arguments)

    async def run() -> int:
        restored = await restore_backup(
            settings,
            repository,
            arguments.backup,
            start_engines=start_empty_engines,
            allow_missing=arguments.allow_missing,
        )
        _write(f"Restored backup {_describe(restored.manifest)}.")
        _write_migrated(restored.migrated)
        async with own_engines(settings), open_services(settings) as services:
            if restored.lost:
                _write(f"Files that the backup does not have whole: {len(restored.lost)}.")
                async with services.database.read() as conn:
                    print_affected(await find_affected(conn, restored.lost))
            lost = restored.lost if arguments.allow_missing else ()
            ledger_is_right = await verify_ledger(services)
            is_right = await verify_storage(services, lost=lost) and ledger_is_right
        return _LACKS_FILES if is_right and restored.lost else int(not is_right)

    status = asyncio.run(run())
    repository.storage.close()
    if status:
        sys.exit(status)


async def _open_recorded(services: Services, arguments: argparse.Namespace) -> Repository:
    """Open the repository. Raises CannotStart; records why a due backup can't be begun."""
    schedule = find_schedule(services.settings)
    try:
        return _open(services.settings, arguments)
    except CannotStart as error:
        if arguments.if_due and schedule is not None:
            await backups.record_failed_start(services.database, schedule, error)
        raise


def _open(settings: Settings, arguments: argparse.Namespace) -> Repository:
    target = arguments.target or settings.backup_target
    if target is None:
        raise CannotStart("Name a TARGET, or set VEZA_BACKUP_TARGET.")
    setting = "TARGET" if arguments.target else "VEZA_BACKUP_TARGET"
    keys = find_backup_keys(settings, arguments.identity)
    return open_repository(target, keys, setting=setting)


def _report(made: tuple[BackupManifest, int] | None, reread_runs: int) -> None:
    """Print what was made."""
    if made is None:
        _write("No backup is due.")
        return
    manifest, deleted = made
    work = manifest.work
    problem = describe_problem(manifest)
    _write(f"Backup {_describe(manifest)}. What was written was read again.")
    _write(
        f"Files: {work.copied_objects:,} copied. Of the copies of earlier backups all were looked "
        f"for, {work.reread_objects:,} were read again (each one in {reread_runs} backups), and "
        f"{work.healed_objects:,} that were missing or damaged were made again."
    )
    _write(problem or "The backup is complete.")
    _warn_of_missing(manifest)
    if deleted:
        _write(f"Deleted old backups: {deleted}.")


async def _list(repository: Repository) -> None:
    for manifest in await repository.list_backups():
        _write(_describe(manifest))
    repository.storage.close()


async def _verify(repository: Repository) -> None:
    verified = await verify_backups(repository, await repository.list_backups())
    repository.storage.close()
    _write(f"Backups that are complete and unchanged: {verified.complete}.")
    if verified.unlisted:
        _write(
            f"Backups of which only the database and the secrets are unchanged: "
            f"{verified.unlisted}. Their files were not read, as the list of them is encrypted: "
            "add --identity FILE, or run this with the data directory of their server."
        )
    if verified.undecrypted:
        _write(
            f"Encrypted backups that were compared with what was written, but not decrypted: "
            f"{verified.undecrypted}. Add --identity FILE to decrypt them too."
        )


def _describe(manifest: BackupManifest) -> str:
    lacks = f", without {len(manifest.missing_objects):,} that were lost"
    return (
        f"{manifest.id} of {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC: {manifest.objects:,} "
        f"files, {manifest.bytes / 1_000_000:,.1f} MB with the database"
        f"{', encrypted' if manifest.recipients else ''}"
        f"{lacks if manifest.missing_objects else ''}"
    )


def _warn_of_missing(manifest: BackupManifest) -> None:
    for key in manifest.missing_objects[:_MAX_SHOWN]:
        _write(f"Missing: {key}: a row names it, but neither storage nor backups had it whole.")
    for key in manifest.kept_objects[:_MAX_SHOWN]:
        _write(f"Kept: {key}: the storage had lost it, and the backup has an earlier copy.")


def _write_migrated(names: list[str]) -> None:
    if names:
        _write(f"Applied migrations: {', '.join(names)}.")


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
