"""Moderation: what members report, what is decided about it, and who is told.

Owns the tables `reports`, `report_entries`, `sanctions` and `notices`. Announces nothing itself:
who is suspended it tells `accounts`, which announces it. Never knows what can be reported: the
domains that have something to report stand in `app/reportable.py`.
"""
