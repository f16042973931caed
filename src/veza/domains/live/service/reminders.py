"""Members ask to be reminded of streams; each reminder is taken once, with what tells it."""

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated, required
from veza.core.ids import StreamId
from veza.domains.live import errors
from veza.domains.live.models.plans import PlanNews, StreamReminder, TakenReminders
from veza.domains.live.models.stored_streams import StreamStatus
from veza.domains.live.queries import reminders, stored_streams
from veza.domains.live.rules import plans
from veza.domains.live.service import responses
from veza.domains.live.service.context import LiveContext
from veza.infra.postgres.database import Tx


async def ask(tx: Tx, context: LiveContext, stream_id: StreamId, member: Member) -> StreamReminder:
    """Remind a member of a stream that is to come. Raises StreamNotToCome and TooManyReminders.

    Who asks when others are reminded already knows that it begins soon, and is not told again.
    """
    required(await reminders.lock_member(tx, member.id), Unauthenticated)
    # Not while its reminders are taken: who asks after that would hear nothing.
    await reminders.share_stream(tx, stream_id)
    stream = await responses.get_visible(tx, context, stream_id, member.id)
    if stream.status is not StreamStatus.DRAFT or stream.starts_at is None:
        raise errors.StreamNotToCome
    if await reminders.count_reminders(tx, member.id) >= plans.MAX_REMINDERS:
        raise errors.TooManyReminders
    is_due = plans.is_reminder_due(stream.starts_at, now())
    await reminders.insert_reminder(tx, stream_id, member.id, stream.starts_at if is_due else None)
    return StreamReminder(has_reminder=True, starts_at=stream.starts_at)


async def take_back(
    tx: Tx, context: LiveContext, stream_id: StreamId, member: Member
) -> StreamReminder:
    """Don't remind a member of a stream, also if they can't see it any more."""
    was_asked = await reminders.delete_reminder(tx, stream_id, member.id)
    try:
        stream = await responses.get_visible(tx, context, stream_id, member.id)
    except (errors.StreamNotFound, errors.StreamLocked):
        if was_asked:
            return StreamReminder(has_reminder=False, starts_at=None)
        raise
    return StreamReminder(has_reminder=False, starts_at=stream.starts_at)


async def take(tx: Tx, stream_id: StreamId) -> TakenReminders | None:
    """Take the next reminders of a stream; None if there are none, or no news.

    Who tells the news does so in the same transaction, so that each member is told once.
    """
    # The date stays as it is until the members are told.
    stream = await stored_streams.lock_stream(tx, stream_id)
    news = None if stream is None else plans.find_news(stream, now())
    if news is None:
        return None
    if news is PlanNews.SOON:
        found = await reminders.lock_unreminded(tx, stream_id, at_once=plans.TAKEN_AT_ONCE)
    else:
        found = await reminders.lock_reminders(tx, stream_id, at_once=plans.TAKEN_AT_ONCE)
    if not found:
        return None
    taken = [each.user_id for each in found]
    if news is PlanNews.SOON:
        await reminders.update_reminded(tx, stream_id, taken)
    else:
        await reminders.delete_reminders(tx, stream_id, taken)
    return TakenReminders(news, len(taken), [each.user_id for each in found if each.is_to_tell])
