"""What this domain announces to the others."""

# In the table of revisions: the subject is the table that changed.
CONTROL_CHANGED = "control_changed"
