"""Refuses a backup without a target, or while one is being made."""

from veza.core.errors import Conflict


class BackupsNotConfigured(Conflict):
    """No setting says where backups are made."""

    code = "backups_not_configured"
    message = "Backups are not configured: set VEZA_BACKUP_TARGET, and restart the server."


class BackupRunning(Conflict):
    """A backup is being made."""

    code = "backup_running"
    message = "A backup is being made at this moment: wait until it ends."
