"""Pure functions of relationships: limits, and what is shown."""

from msgspec import UNSET

from veza.core.pages import Cursor, cut
from veza.domains.relationships.models import (
    MemberProfile,
    RelatedMember,
    RelatedMemberPage,
    StoredProfile,
    StoredRelated,
)

# Per kind. Lists of other domains filter by all of these.
MAX_RELATED = 5000


def show_profile(profile: StoredProfile) -> MemberProfile:
    """Return a profile as it is shown."""
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


def show_page(found: list[StoredRelated], limit: int) -> RelatedMemberPage:
    """Return one page of members."""
    shown, following = cut(found, limit, lambda each: Cursor(each.since, each.id))
    return RelatedMemberPage(
        [_show_related(each) for each in shown], following, following is not None
    )


def _show_related(related: StoredRelated) -> RelatedMember:
    following = UNSET if related.following is None else related.following
    return RelatedMember(related.id, related.username, related.since, following)
