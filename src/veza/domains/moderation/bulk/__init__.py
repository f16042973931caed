"""Moderation of many members or reports at once, after a preview that is bound to what it showed.

Owns the table `bulk_runs`. Emits no events of its own: each member is suspended, and each report
resolved, by `reports`.
"""
