"""Decisions without I/O: everything here can be tested with plain values."""

from msgspec import UNSET

from veza.core.pages import Cursor, cut
from veza.domains.relationships.models import (
    MemberPage,
    MemberProfile,
    RelatedMember,
    StoredProfile,
    StoredRelated,
)

# How many a member may follow, block and mute: lists of others go through all of them.
MAX_IN_CIRCLE = 5000


def show_profile(profile: StoredProfile) -> MemberProfile:
    """Show a member as everybody sees them."""
    return MemberProfile(
        id=profile.id,
        username=profile.username,
        role=profile.role,
        bio=profile.bio,
        created_at=profile.created_at,
        followers_count=profile.followers_count,
        following_count=profile.following_count,
        following=UNSET if profile.following is None else profile.following,
    )


def show_page(found: list[StoredRelated], limit: int) -> MemberPage:
    """Show so many members of a list, and how it goes on where there are more."""
    shown, following = cut(found, limit, lambda each: Cursor(each.since, each.id))
    return MemberPage([_show_related(each) for each in shown], following, following is not None)


def _show_related(related: StoredRelated) -> RelatedMember:
    following = UNSET if related.following is None else related.following
    return RelatedMember(related.id, related.username, related.since, following)
