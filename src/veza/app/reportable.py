"""What members can report: each domain describes its own things, as they are at that moment."""

from collections.abc import Mapping

from veza.domains.accounts import service as accounts
from veza.domains.comments import service as comments
from veza.domains.discussions import service as discussions
from veza.domains.messages import service as messages
from veza.domains.moderation.service import FindEvidence
from veza.domains.posts import service as posts
from veza.domains.products import service as products
from veza.domains.streams import service as streams
from veza.domains.tracks import service as tracks

REPORTABLE: Mapping[str, FindEvidence] = {
    "user": accounts.find_evidence,
    "track": tracks.find_evidence,
    "comment": comments.find_evidence,
    "post": posts.find_evidence,
    "post_comment": discussions.find_evidence,
    "message": messages.find_evidence,
    "product": products.find_evidence,
    "stream": streams.find_evidence,
}
