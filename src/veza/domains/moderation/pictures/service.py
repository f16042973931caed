"""A picture that is like one that was taken down is a case for staff, and nothing more."""

from collections.abc import Mapping
from uuid import UUID

from veza.domains.contributions import FindEvidence
from veza.domains.images.events import PictureShown
from veza.domains.moderation.pictures import queries, rules
from veza.domains.moderation.reports import service as reports
from veza.domains.moderation.reports.models import FoundAgain
from veza.infra.postgres.database import Tx


async def report_known(
    tx: Tx, content_types: Mapping[str, FindEvidence], shown: PictureShown
) -> None:
    """Report a picture that is like one that was taken down; do nothing if it is gone."""
    known = await queries.find_known(tx, shown.hash, rules.MAX_DISTANCE)
    if known is None:
        return
    content_type, content_id = await _find_shown(tx, shown)
    if content_type is not None and content_id is not None:
        found = FoundAgain(
            content_type, content_id, shown.owner_id, known.category, rules.REPORT_REASON
        )
        await reports.report_found(tx, content_types, found)


async def _find_shown(tx: Tx, shown: PictureShown) -> tuple[str | None, UUID | None]:
    """Return as what a picture is reported: by its id, or that of the track that it is in."""
    if shown.image_id is None:
        return "image", shown.track_id
    return await queries.find_place(tx, shown.image_id), shown.image_id
