"""Announces notices about security, and names the topic of ended sessions."""

from uuid import UUID

from msgspec import Struct, field

from veza.core.ids import UserId, new_id
from veza.domains.auth.sessions.models import NoticeKind

# In the table of revisions: the subject is the id of the session that was ended.
SESSION_ENDED = "session_ended"


class SecurityNoticed(Struct, frozen=True):
    """Something happened that the owner of an account should know, in case it wasn't them."""

    user_id: UserId
    kind: NoticeKind
    notice_id: UUID = field(default_factory=new_id)
