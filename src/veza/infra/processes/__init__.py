"""Child processes: the embedded engines, locks, and tasks that run in the background."""
