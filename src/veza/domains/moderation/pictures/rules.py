"""Decides how much two pictures may differ. Chosen on pictures: see docs/moderation.md."""

# Of the 63 bits of a hash.
MAX_DISTANCE = 8

REPORT_REASON = "It shows a picture that was taken down."
