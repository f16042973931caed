"""Who may create an account on this server."""

from enum import StrEnum


class SignUpMode(StrEnum):
    """Who may create an account."""

    # Everybody.
    OPEN = "open"
    # Whom staff accepts, by a message that they write.
    APPROVAL = "approval"
    # Who has an invitation.
    INVITATION = "invitation"
    # Nobody.
    CLOSED = "closed"
