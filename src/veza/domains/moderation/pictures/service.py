"""A picture that is like one that was taken down is a case for staff, and nothing more."""

from collections.abc import Mapping
from uuid import UUID

from veza.core.access import Member, Role
from veza.domains.contributions import FindEvidence
from veza.domains.images.events import PictureShown
from veza.domains.moderation.pictures import queries, rules
from veza.domains.moderation.reports import service as reports
from veza.domains.moderation.reports.models import FoundAgain
from veza.infra.postgres.database import Tx

# The types by which members report pictures.
_PICTURED = ("image", "avatar", "banner")


async def report_known(
    tx: Tx, content_types: Mapping[str, FindEvidence], shown: PictureShown
) -> None:
    """Report a picture that is like one that was taken down; do nothing if it is gone."""
    known = await queries.find_known(tx, shown.hash, rules.MAX_DISTANCE)
    if known is None:
        return
    reported = await _find_shown(tx, content_types, shown)
    if reported is not None:
        found = FoundAgain(*reported, shown.owner_id, known.category, rules.REPORT_REASON)
        await reports.report_found(tx, content_types, found)


async def _find_shown(
    tx: Tx, content_types: Mapping[str, FindEvidence], shown: PictureShown
) -> tuple[str, UUID] | None:
    """Return as what a picture is reported, and by which id; None in a private message."""
    if shown.image_id is None:
        return None if shown.track_id is None else ("image", shown.track_id)
    # Its owner sees it whatever the visibility.
    owner = Member(shown.owner_id, Role.USER, session_id=None)
    for content_type in _PICTURED:
        if await content_types[content_type](tx, shown.image_id, owner) is not None:
            return content_type, shown.image_id
    return None
