"""Site controls: announcements, feature flags and maintenance mode.

Owns the tables `announcements`, `feature_flags` and `maintenance`. Announces `control_changed`
through the table of revisions. Every process keeps all of it in memory, and is up to date within a
second.
"""
