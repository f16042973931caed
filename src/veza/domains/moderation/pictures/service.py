"""A picture that is like one that was taken down is a case for staff, and nothing more."""

from collections.abc import Mapping

from veza.domains.contributions import FindEvidence
from veza.domains.images.events import PictureShown
from veza.domains.moderation.pictures import queries, rules
from veza.domains.moderation.pictures.models import PicturePlace
from veza.domains.moderation.reports import service as reports
from veza.domains.moderation.reports.models import FoundAgain
from veza.infra.postgres.database import Tx


async def report_known(
    tx: Tx, content_types: Mapping[str, FindEvidence], shown: PictureShown
) -> None:
    """Report the item that shows a picture that was taken down; do nothing if it is gone."""
    known = await queries.find_known(tx, shown.hash, rules.MAX_DISTANCE)
    if known is None:
        return
    place = PicturePlace("track", shown.track_id) if shown.track_id is not None else None
    if place is None and shown.image_id is not None:
        place = await queries.find_place(tx, shown.image_id)
    if place is not None:
        found = FoundAgain(
            place.content_type,
            place.content_id,
            shown.owner_id,
            known.category,
            rules.REPORT_REASON,
        )
        await reports.report_found(tx, content_types, found)
