"""The topic of site controls in the table of revisions."""

# In the table of revisions: the subject is the table that changed.
CONTROLS_CHANGED = "control_changed"
