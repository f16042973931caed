"""Rows of memberships as they are shown."""

from veza.core.structs import copy_fields
from veza.domains.auth.accounts.models import name_member
from veza.domains.marketplace.memberships.models.shown import (
    MemberRow,
    MembershipRow,
    NextTerms,
    OwnMembership,
    TierMember,
)


def show_own(row: MembershipRow) -> OwnMembership:
    """Return a membership as its member sees it."""
    return copy_fields(
        OwnMembership,
        row,
        profile=name_member(row.profile_id, row.username, row.appearance),
        name=row.tier_name,
        failed_attempts=row.attempts,
        next=_show_next(row),
    )


def show_member(row: MemberRow) -> TierMember:
    """Return a member as the profile sees them."""
    member = name_member(row.member_id, row.username, row.appearance)
    return copy_fields(TierMember, row, member=member, name=row.tier_name)


def _show_next(row: MembershipRow) -> NextTerms | None:
    if row.next_tier_name is None or row.next_interval is None or row.next_price_cents is None:
        return None
    return NextTerms(row.next_tier_id, row.next_tier_name, row.next_interval, row.next_price_cents)
