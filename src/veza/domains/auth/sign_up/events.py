"""Announces that a newcomer was declined, whose account is then erased."""

from msgspec import Struct

from veza.core.ids import UserId


class SignUpDeclined(Struct, frozen=True):
    """A newcomer was declined: their account is to be erased."""

    user_id: UserId
