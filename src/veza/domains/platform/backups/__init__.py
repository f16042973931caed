"""Backups: which were attempted, and when the next one is due.

Owns the table `backup_attempts`. Emits no events. `app.backups` makes and restores backups.
"""
