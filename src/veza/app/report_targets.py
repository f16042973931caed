"""Content that members can report, and staff take down. Each domain knows its own."""

from collections.abc import Mapping
from functools import partial

from veza.app import pictures
from veza.app.domains import DOMAINS, merge
from veza.domains.contributions import FindCopies, FindEvidence, ListReviewed, TakedownKind
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

COPIES: Mapping[str, FindCopies] = dict(
    sorted(merge(wiring.copies for wiring in DOMAINS.values()).items())
)

TAKEDOWNS: Mapping[str, TakedownKind] = dict(
    sorted(
        merge(
            [*(wiring.takedowns for wiring in DOMAINS.values()), {"image": pictures.TAKEDOWN}]
        ).items()
    )
)


# By type, the pictures that are seen of it.
_PICTURED = {
    **{kind: (TAKEDOWNS[kind],) for kind in ("image", "avatar", "banner")},
    **dict.fromkeys(("profile", "user"), (TAKEDOWNS["avatar"], TAKEDOWNS["banner"])),
}
REVIEWED: Mapping[str, ListReviewed] = merge(
    [
        *(wiring.reviewed for wiring in DOMAINS.values()),
        {kind: partial(pictures.list_reviewed, kinds) for kind, kinds in _PICTURED.items()},
    ]
)


async def release_decided(tx: Tx, closed: ReportClosed) -> None:
    """Show an item that was held, once staff has decided so about its case."""
    await takedowns.release_decided(tx, TakedownContext(TAKEDOWNS), closed.report_id)


async def report_known_picture(tx: Tx, shown: PictureShown) -> None:
    """Report a picture that is like one that was taken down."""
    await known_pictures.report_known(tx, REPORTABLE, shown)


async def report_flagged_text(tx: Tx, flagged: TextFlagged) -> None:
    """Report what a text filter flagged, like a member would."""
    await reports.report_flagged(tx, REPORTABLE, flagged)
