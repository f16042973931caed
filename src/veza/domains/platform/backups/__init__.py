"""Backups: which were attempted, and when the next one is due.

Owns the tables `backup_attempts`, `backup_notices` and `backup_requests`. Emits `BackupFailed` and
`BackupOverdue`. `operations.backups` makes and restores backups.
"""
