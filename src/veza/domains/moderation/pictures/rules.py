"""Decides how much two pictures may differ. Chosen on pictures: see docs/moderation.md."""

# Of the 63 bits of a hash.
MAX_DISTANCE = 8

# Read by the owner of a picture that is held, and by staff.
HOLD_REASON = (
    "It looks like a picture that was taken down. Staff looks at it before others can see it."
)
REPORT_REASON = "It looks like a picture that was taken down. It is held until you decide."
