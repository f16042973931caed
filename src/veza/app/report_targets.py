"""Content that members can report, and staff take down. Each domain knows its own."""

from collections.abc import Mapping

from veza.app import pictures
from veza.app.domains import DOMAINS, merge
from veza.domains.contributions import FindEvidence, TakedownKind
from veza.domains.images.events import PictureShown
from veza.domains.moderation.pictures import service as known_pictures
from veza.domains.moderation.reports import service as reports
from veza.domains.moderation.reports.events import ReportClosed
from veza.domains.moderation.takedowns import service as takedowns
from veza.domains.moderation.takedowns.service import TakedownContext
from veza.domains.platform.text_filters.events import TextFlagged
from veza.infra.postgres.database import Tx

REPORTABLE: Mapping[str, FindEvidence] = dict(
    sorted(
        merge(
            [
                *(wiring.evidence for wiring in DOMAINS.values()),
                {"image": pictures.find_evidence},
            ]
        ).items()
    )
)

TAKEDOWNS: Mapping[str, TakedownKind] = dict(
    sorted(
        merge(
            [*(wiring.takedowns for wiring in DOMAINS.values()), {"image": pictures.TAKEDOWN}]
        ).items()
    )
)


async def release_decided(tx: Tx, closed: ReportClosed) -> None:
    """Show an item that was held, once staff has decided so about its case."""
    await takedowns.release_decided(tx, TakedownContext(TAKEDOWNS), closed.report_id)


async def hold_known_picture(tx: Tx, shown: PictureShown) -> None:
    """Hold a picture that is like one that was taken down, until staff decides."""
    await known_pictures.hold_known(tx, TakedownContext(TAKEDOWNS), REPORTABLE, shown)


async def report_flagged_text(tx: Tx, flagged: TextFlagged) -> None:
    """Report what a text filter flagged, like a member would."""
    await reports.report_flagged(tx, REPORTABLE, flagged)
