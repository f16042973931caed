"""Control: what those who run the server tell its people, and what they switch.

Owns the tables `announcements`, `feature_flags` and `maintenance`. Announces in the table of
revisions the topic `control_changed`. Never asks the database for a request: every process holds
all of it in memory, and learns of changes within a second.
"""
