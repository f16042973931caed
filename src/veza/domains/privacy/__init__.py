"""Privacy: export of a member's personal data, and deletion of accounts.

Owns the tables `exports`, `pending_deletions` and `staff_erasures`, and `exports/` in the storage.
Emits `ExportReady`. The personal data of other domains is in their `wiring.py`.
"""
