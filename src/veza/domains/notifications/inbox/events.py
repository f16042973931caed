"""What this domain announces to the others."""

# In the table of revisions: the subject is `<member's id>:<notification's id>:<when it was told>`.
NOTIFIED = "notified"
