"""Dates and covers of streams that are to come, and what becomes of those that don't begin."""

from msgspec import UNSET

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import ImageId, StreamId
from veza.core.pages import Cursor, cut
from veza.core.stream_audiences import is_stream_open
from veza.domains.images.service import images
from veza.domains.live import errors
from veza.domains.live.events import StreamCancelled, StreamSoon
from veza.domains.live.models.audiences import AudienceChoice
from veza.domains.live.models.forms import StreamChange, StreamForm
from veza.domains.live.models.plans import UpcomingQuery, UpcomingStreamPage
from veza.domains.live.models.stored_streams import StoredStream, StreamStatus
from veza.domains.live.models.streams import OwnStream
from veza.domains.live.queries import plans as queries
from veza.domains.live.queries import stream_lists
from veza.domains.live.rules import plans
from veza.domains.live.rules.audiences import is_cover_public
from veza.domains.live.service import responses, stored_states
from veza.domains.live.service.context import LiveContext
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def list_upcoming(
    conn: Conn, context: LiveContext, query: UpcomingQuery
) -> UpcomingStreamPage:
    """Return a page of planned streams that the viewer sees, the next one first."""
    found = await stream_lists.list_upcoming(conn, query)
    shown, next_cursor = cut(found, query.limit, _place)
    streams = await responses.show(context, shown, query.viewer_id)
    return UpcomingStreamPage(streams, next_cursor, next_cursor is not None)


async def plan(tx: Tx, owner: Member, stream: StoredStream, form: StreamForm) -> None:
    """Store the date and the cover of a new stream. Raises Invalid, and errors of images."""
    starts_at = plans.ensure_startable(form.starts_at, now())
    if starts_at is None and form.cover_image_id is None:
        return
    if form.cover_image_id is not None:
        is_public = is_stream_open(stream.audience)
        await images.show_images(tx, owner.id, [form.cover_image_id], is_public=is_public)
    await queries.update_plan(tx, stream.id, starts_at, form.cover_image_id)


async def change_plan(
    tx: Tx, owner: Member, stream: StoredStream, change: StreamChange, choice: AudienceChoice
) -> None:
    """Change the date and the cover of a locked stream, which gets an audience.

    A cover that is replaced or removed is deleted. Raises Invalid, StreamNotToCome, and errors of
    images.
    """
    starts_at = plans.reschedule(stream, change, now())
    earlier_id = stream.cover_image_id
    cover_id = earlier_id if change.cover_image_id is UNSET else change.cover_image_id
    is_public = is_cover_public(choice.audience, stream)
    if cover_id != earlier_id:
        if cover_id is not None:
            await images.show_images(tx, owner.id, [cover_id], is_public=is_public)
    elif cover_id is not None and is_public != is_cover_public(stream.audience, stream):
        await images.update_public(tx, cover_id, is_public=is_public)
    if (starts_at, cover_id) != (stream.starts_at, earlier_id):
        await queries.update_plan(tx, stream.id, starts_at, cover_id)
    if earlier_id is not None and cover_id != earlier_id:
        await images.delete_images(tx, [earlier_id])


async def show_cover(tx: Tx, cover_id: ImageId | None, *, is_public: bool) -> None:
    """Show the cover of a stream publicly, or by signed URLs from now on."""
    if cover_id is not None:
        await images.update_public(tx, cover_id, is_public=is_public)


async def cancel_stream(
    tx: Tx, context: LiveContext, stream_id: StreamId, owner: Member
) -> OwnStream:
    """Cancel a stream that has not begun; who asked to be reminded is told.

    Raises StreamNotToCome.
    """
    stream = await stored_states.lock_own_stream(tx, stream_id, owner)
    if stream.status is not StreamStatus.DRAFT:
        raise errors.StreamNotToCome
    await _cancel(tx, stream)
    return await responses.get_own(tx, context, stream_id)


async def expire_plans(tx: Tx) -> int:
    """Cancel planned streams that never began; return how many."""
    found = await queries.lock_missed(tx, now() - plans.MISSED_AFTER, at_once=plans.EXPIRED_AT_ONCE)
    for stream in found:
        await _cancel(tx, stream)
    return len(found)


async def announce_due(tx: Tx) -> None:
    """Emit which streams begin soon, as long as somebody is still to be reminded of them."""
    moment = now()
    due = await queries.list_due(tx, moment - plans.LATEST_REMINDER, moment + plans.REMIND_BEFORE)
    for stream in due:
        await emit(tx, StreamSoon(stream.id, stream.owner_id))


async def _cancel(tx: Tx, stream: StoredStream) -> None:
    await queries.update_cancelled(tx, stream.id, now())
    await emit(tx, StreamCancelled(stream.id, stream.owner_id))


def _place(stream: StoredStream) -> Cursor:
    assert stream.starts_at is not None
    return Cursor(stream.starts_at, stream.id)
