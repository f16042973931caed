"""Announces that somebody ended mail of a profile by the link in a broadcast."""

from msgspec import Struct

from veza.core.ids import BroadcastId


class Unsubscribed(Struct, frozen=True):
    """Somebody ended mail of a profile, by a mail of this broadcast."""

    broadcast_id: BroadcastId
