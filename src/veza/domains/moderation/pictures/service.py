"""A picture that is like one that was taken down is held until staff decides, as a case."""

from collections.abc import Mapping
from uuid import UUID

from veza.core.access import Member, Role
from veza.domains.contributions import FindEvidence
from veza.domains.images.events import PictureShown
from veza.domains.moderation.pictures import queries, rules
from veza.domains.moderation.reports import service as reports
from veza.domains.moderation.reports.models import FoundAgain
from veza.domains.moderation.takedowns import service as takedowns
from veza.domains.moderation.takedowns.models import Hold
from veza.domains.moderation.takedowns.service import TakedownContext
from veza.infra.postgres.database import Tx

# The types by which members report pictures.
_PICTURED = ("image", "avatar", "banner")


async def hold_known(
    tx: Tx,
    context: TakedownContext,
    content_types: Mapping[str, FindEvidence],
    shown: PictureShown,
) -> None:
    """Hold a picture that is like one that was taken down; do nothing if it is gone.

    Its owner is told, and staff gets a case.
    """
    known = await queries.find_known(tx, shown.hash, rules.MAX_DISTANCE)
    if known is None:
        return
    found = await _find_shown(tx, content_types, shown)
    if found is None:
        return
    content_type, content_id = found
    item = await context.kinds[content_type].find(tx, content_id)
    if item is not None and item.content_id is not None:
        # As it is taken down: a cover by its track.
        content_id = item.content_id
    case = FoundAgain(content_type, content_id, shown.owner_id, known.category, rules.REPORT_REASON)
    # The evidence is found where the picture is shown.
    await reports.report_found(tx, content_types, case)
    hold = Hold(content_type, content_id, known.category, rules.HOLD_REASON)
    await takedowns.hold(tx, context, hold)


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
