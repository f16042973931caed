"""What one can do with comments."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Fault, Invalid, Unauthenticated
from veza.core.ids import CommentId, TrackId, new_id
from veza.core.mentions import find_mentions
from veza.core.pages import Cursor, cut
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.music.track_comments import queries, rules
from veza.domains.music.track_comments.errors import CannotComment, CommentNotFound, NotYourComment
from veza.domains.music.track_comments.events import TrackCommented
from veza.domains.music.track_comments.models import (
    Comment,
    CommentEvidence,
    CommentForm,
    CommentPage,
    NewComment,
    Place,
    StoredComment,
)
from veza.domains.music.tracks import service as tracks
from veza.domains.music.tracks.models import StoredTrack
from veza.domains.relationships import service as relations
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def comment(tx: Tx, track_id: TrackId, author: Member, form: CommentForm) -> Comment:
    """Comment on a track, at a place of it where one is given.

    Where artist and author keep each other away, the track is heard and not commented on.
    """
    track = await tracks.lock_visible(tx, track_id, author.id)
    if await relations.are_blocked(tx, track.owner_id, author.id):
        raise CannotComment
    position_ms = _position(form, track)
    content = form.content.strip()
    if not content:
        raise Invalid(details=[Fault("content", "A comment needs words.")])
    written = NewComment(CommentId(new_id()), track_id, author.id, content, position_ms, now())
    username = await queries.insert_comment(tx, written)
    if username is None:
        # The token outlived the account, or is about to end with it.
        raise Unauthenticated
    await tracks.count_comments(tx, {track_id: 1})
    mentions = find_mentions(content)
    await emit(tx, TrackCommented(written.id, track_id, author.id, track.owner_id, mentions))
    return rules.show_comment(StoredComment(**structs.asdict(written), username=username))


async def list_comments(
    conn: Conn, track_id: TrackId, viewer: Member | None, *, limit: int, cursor: Cursor | None
) -> CommentPage:
    """List the comments on a track, newest first."""
    await tracks.get_visible(conn, track_id, viewer and viewer.id)
    found = await queries.list_comments(conn, track_id, limit, cursor)
    shown, following = cut(found, limit, lambda entry: Cursor(entry.created_at, entry.id))
    listed = [rules.show_comment(entry) for entry in shown]
    return CommentPage(listed, following, following is not None)


async def find_evidence(conn: Conn, comment_id: UUID, viewer: Member) -> CommentEvidence | None:
    """Give what a report of a comment has to keep; None where the viewer may not know of it."""
    found = await queries.find_evidence(conn, CommentId(comment_id))
    if found is None or not await tracks.is_visible(conn, found.track_id, viewer):
        return None
    return found


async def delete_comment(tx: Tx, track_id: TrackId, comment_id: CommentId, member: Member) -> None:
    """Delete a comment: one's own, one on one's own track, or any as staff."""
    track = await tracks.lock_visible(tx, track_id, member.id)
    written = await queries.find_comment(tx, track_id, comment_id)
    if written is None:
        raise CommentNotFound
    if not rules.can_delete_comment(written, track, member):
        raise NotYourComment
    await remove(tx, [comment_id])


async def remove(tx: Tx, comment_ids: Sequence[CommentId]) -> None:
    """Delete comments on tracks that are locked; the counts stay exact."""
    deleted = await queries.delete_comments(tx, comment_ids)
    await tracks.count_comments(tx, {tally.track_id: -tally.comments for tally in deleted})


async def hide_comments(tx: Tx, part: RecountBatch[Place]) -> list[Place]:
    """Count some hundreds of a member's comments no more, or again; tell which."""
    places = await queries.list_places(tx, part.user_id, part.after)
    await tracks.lock_counts(tx, [place.track_id for place in places])
    changed = await queries.update_hidden(tx, [place.id for place in places], hide=part.hide)
    sign = -1 if part.hide else 1
    await tracks.count_comments(tx, {each.track_id: sign * each.comments for each in changed})
    return places


def _position(form: CommentForm, track: StoredTrack) -> int | None:
    if form.position_seconds is None:
        return None
    position_ms = round(form.position_seconds * 1000)
    if track.duration_ms is not None and position_ms > track.duration_ms:
        raise Invalid(details=[Fault("position_seconds", "The track ends before that.")])
    return position_ms
