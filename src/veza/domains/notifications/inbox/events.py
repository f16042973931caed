"""The revision topic of this domain."""

# The subject is `<member's id>:<notification's id>:<told_at>`.
NOTIFIED = "notified"
