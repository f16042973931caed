"""All devices of a member share one queue, and change it only at its latest version.

Each change increments the version of the queue. A device sends the version that it read, and is
refused if another device changed the queue since, so that no change is lost unnoticed.
"""

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import FieldError, Invalid, Unauthenticated
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.library import rules
from veza.domains.music.library.errors import QueueChanged
from veza.domains.music.library.events import QUEUE
from veza.domains.music.library.models import (
    PlayQueue,
    QueueForm,
    QueuePosition,
    QueueState,
    StoredQueue,
)
from veza.domains.music.library.queries import tracks as queries
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Conn, ConstraintViolation, Tx


async def find_queue(conn: Conn, member: Member) -> StoredQueue:
    """Return the queue of a member; an empty one of version 0 if none was saved.

    Its tracks may be deleted, or hidden from the member.
    """
    return await queries.find_queue(conn, member.id) or StoredQueue()


async def get_queue(conn: Conn, member: Member, urls: UrlBuilder) -> PlayQueue:
    """Return the queue of a member with the tracks that they may see."""
    queue = await find_queue(conn, member)
    track_ids = list(dict.fromkeys(queue.track_ids))
    shown = await visible_tracks.find_visible_tracks(conn, track_ids, member, urls)
    return rules.show_queue(queue, shown)


async def save_queue(tx: Tx, member: Member, form: QueueForm) -> QueueState:
    """Replace the queue of a member. Raises QueueChanged.

    Tracks are not looked up: a queue with a track that was deleted meanwhile can be saved.
    """
    form = rules.clean_queue(form)
    try:
        state = await queries.upsert_queue(tx, member.id, form)
    except ConstraintViolation as error:
        if error.constraint == "play_queues_user_id_fkey":
            # The token outlived the account.
            raise Unauthenticated from error
        raise
    if state is None:
        raise QueueChanged
    _signal(tx, member, state)
    return state


async def save_position(tx: Tx, member: Member, position: QueuePosition) -> QueueState:
    """Change the current track of the queue and the position in it. Raises QueueChanged."""
    position = structs.replace(position, device=rules.clean_device(position.device))
    state = await queries.update_queue_position(tx, member.id, position)
    if state is not None:
        _signal(tx, member, state)
        return state
    queue = await find_queue(tx, member)
    if position.version not in {None, queue.version}:
        raise QueueChanged
    raise Invalid(details=[FieldError("current_index", "Send an index within the queue.")])


def _signal(tx: Tx, member: Member, state: QueueState) -> None:
    """Signal to the member's connections that the queue has another version. It may be lost."""
    tx.signal(f"{QUEUE}:{member.id}:{state.version}")
