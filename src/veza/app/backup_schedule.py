"""The target of backups: its name in records, and the schedule of the settings."""

from pathlib import Path
from urllib.parse import urlsplit

from veza.app.settings.settings import Settings
from veza.domains.platform.backups.models import BackupSchedule

_MAX_LENGTH = 500


def find_schedule(settings: Settings) -> BackupSchedule | None:
    """Return the schedule of the settings, or None if they name no target."""
    if settings.backup_target is None:
        return None
    return BackupSchedule(name_target(settings.backup_target), settings.backup_interval)


def name_target(target: str) -> str:
    """Return the absolute path of a folder, or a URL without credentials and options."""
    if "://" not in target:
        return str(Path(target).absolute())[:_MAX_LENGTH]
    scheme, place, path, _, _ = urlsplit(target)
    return f"{scheme}://{place.rpartition('@')[2]}{path}"[:_MAX_LENGTH]
