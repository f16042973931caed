"""Content that members can report. Each domain describes its own at the time of the report."""

from collections.abc import Mapping

from veza.domains.auth.accounts import service as accounts
from veza.domains.chat.messages import service as messages
from veza.domains.live import service as streams
from veza.domains.marketplace.products import service as products
from veza.domains.moderation.reports import service as moderation
from veza.domains.moderation.reports.service import FindEvidence
from veza.domains.music.releases.service import releases
from veza.domains.music.track_comments import service as comments
from veza.domains.music.tracks import service as tracks
from veza.domains.platform.text_filters.events import TextFlagged
from veza.domains.social.post_comments import service as discussions
from veza.domains.social.posts import service as posts
from veza.infra.postgres.database import Tx

REPORTABLE: Mapping[str, FindEvidence] = {
    "user": accounts.find_evidence,
    "track": tracks.find_evidence,
    "release": releases.find_evidence,
    "comment": comments.find_evidence,
    "post": posts.find_evidence,
    "post_comment": discussions.find_evidence,
    "message": messages.find_evidence,
    "product": products.find_evidence,
    "stream": streams.find_evidence,
}


async def report_flagged_text(tx: Tx, flagged: TextFlagged) -> None:
    """Report what a text filter flagged, like a member would."""
    await moderation.report_flagged(tx, REPORTABLE, flagged)
