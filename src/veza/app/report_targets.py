"""Content that members can report, and staff take down. Each domain knows its own."""

from collections.abc import Mapping

from veza.app import pictures
from veza.app.domains import DOMAINS, merge
from veza.domains.contributions import FindEvidence, TakedownKind
from veza.domains.moderation.reports import service as reports
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


async def report_flagged_text(tx: Tx, flagged: TextFlagged) -> None:
    """Report what a text filter flagged, like a member would."""
    await reports.report_flagged(tx, REPORTABLE, flagged)
