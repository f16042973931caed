"""Jars and tips in the form of the API, and the jar of a profile that has made none."""

from veza.core.structs import copy_fields
from veza.domains.auth.accounts.models import name_member, show_named_member
from veza.domains.marketplace.tips.models import (
    PublicJar,
    ReceivedTip,
    StoredPublicJar,
    StoredTip,
    TipJar,
)

CLOSED = TipJar(is_open=False, currency="EUR", suggested_cents=[300, 500, 1000], thanks="")


def show_jar(stored: StoredPublicJar) -> PublicJar:
    """Return an open jar as everybody sees it."""
    profile = show_named_member(stored.id, stored.username, stored.appearance)
    return PublicJar(profile, stored.currency, stored.suggested_cents)


def show_tip(stored: StoredTip) -> ReceivedTip:
    """Return a tip as the profile sees it that got it."""
    giver = name_member(stored.buyer_id, stored.username, stored.appearance)
    return copy_fields(ReceivedTip, stored, giver=giver)
