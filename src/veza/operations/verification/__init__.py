"""Verifies the audit log, the ledger and the storage: for commands, jobs and restored backups."""
