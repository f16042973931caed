"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import UserId

# In the table of revisions: the subject is the id of the session that was ended.
SESSION_ENDED = "session_ended"


class UserRenamed(Struct, frozen=True):
    """A member goes by another name."""

    user_id: UserId
    username: str
