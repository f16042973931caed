"""Site controls: announcements, feature flags and maintenance mode.

Owns the tables `announcements`, `feature_flags` and `maintenance`. Emits `control_changed` through
the table of revisions. Every process keeps all site controls in memory, and reloads them within a
second.
"""
