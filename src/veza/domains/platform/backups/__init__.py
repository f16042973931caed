"""Backups: which were attempted, and when the next one is due.

Owns the tables `backup_attempts` and `backup_notices`. Emits `BackupFailed` and `BackupOverdue`.
`app.backups` makes and restores backups.
"""
