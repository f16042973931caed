"""Reports by members, how they are resolved, warnings and suspensions.

Owns the tables `reports`, `report_entries` and `moderation_actions`. Emits `ModerationActionTaken`
and `ReportClosed`. `accounts` stores and announces suspensions. The types of content that can be
reported are in `wiring.py` of their domains.
"""
