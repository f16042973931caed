"""Announces likes of releases, and signals changed queues to a member's devices."""

from msgspec import Struct

from veza.core.ids import ReleaseId, UserId

# `queue:<member>:<version>`: the play queue of a member, or the position in it, changed.
QUEUE = "queue"


class ReleaseLiked(Struct, frozen=True):
    """A member liked a release that they did not like before."""

    release_id: ReleaseId
    liker_id: UserId
    owner_id: UserId
