"""Pure functions of relationships: limits and views."""

from veza.core.pages import Cursor, cut
from veza.domains.relationships.models import RelatedMember, RelatedMemberPage

# Per kind. Lists of other domains filter by all of these.
MAX_RELATED = 5000


def show_page(found: list[RelatedMember], limit: int) -> RelatedMemberPage:
    """Return a page of members."""
    shown, following = cut(found, limit, lambda each: Cursor(each.since, each.id))
    return RelatedMemberPage(shown, following, following is not None)
