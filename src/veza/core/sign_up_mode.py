"""The modes of sign-up: to whom accounts are open."""

from enum import StrEnum


class SignUpMode(StrEnum):
    """The mode of sign-up: open, by approval, by invitation, or closed."""

    # Everybody.
    OPEN = "open"
    # Whom staff accepts, by a message that they write.
    APPROVAL = "approval"
    # Who has an invitation.
    INVITATION = "invitation"
    # Nobody.
    CLOSED = "closed"
