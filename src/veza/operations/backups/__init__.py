"""Backups of database, storage and secrets at one consistent point, and their restoration."""
