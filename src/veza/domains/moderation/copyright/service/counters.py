"""Owners object to a notice; what it hid comes back after some days, unless a claim was filed."""

import structlog

from veza.core.access import Member
from veza.core.errors import VezaError, required
from veza.core.ids import CopyrightNoticeId, UserId
from veza.domains.moderation.copyright import rules
from veza.domains.moderation.copyright.errors import (
    AlreadyCountered,
    NothingToCounter,
    NoticeNotFound,
)
from veza.domains.moderation.copyright.models.notices import (
    CopyrightSettings,
    CounterForm,
    DueCounter,
    NoticeMail,
    NoticeStatus,
    OwnNotice,
    OwnNoticeList,
    SendNoticeMail,
)
from veza.domains.moderation.copyright.queries import counters as queries
from veza.domains.moderation.copyright.queries import notices
from veza.domains.moderation.takedowns import service as takedowns
from veza.domains.moderation.takedowns import shared_queries as takedown_queries
from veza.domains.moderation.takedowns.service import TakedownContext
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx

log = structlog.get_logger()


async def list_own(conn: Conn, settings: CopyrightSettings, owner_id: UserId) -> OwnNoticeList:
    """Return the notices that have hidden something of a member."""
    return OwnNoticeList(await queries.list_own(conn, owner_id), settings.counter_period.days)


async def counter(
    tx: Tx,
    settings: CopyrightSettings,
    notice_id: CopyrightNoticeId,
    *,
    owner: Member,
    form: CounterForm,
) -> OwnNotice:
    """Object to a notice, once: its sender gets all of the form, and nothing else of the owner.

    Raises Invalid, NoticeNotFound, AlreadyCountered and NothingToCounter.
    """
    form = rules.clean_counter(form)
    notice = required(await notices.lock_notice(tx, notice_id), NoticeNotFound)
    own = required(await queries.find_own(tx, owner.id, notice_id), NoticeNotFound)
    if own.counter is not None:
        raise AlreadyCountered
    if notice.status is NoticeStatus.REJECTED or not any(item.is_hidden for item in own.items):
        raise NothingToCounter
    period = settings.counter_period
    if not await queries.insert_counter(tx, notice_id, owner.id, form, period=period):
        raise AlreadyCountered
    await enqueue(tx, SendNoticeMail(notice_id, NoticeMail.COUNTERED, owner.id))
    return required(await queries.find_own(tx, owner.id, notice_id), NoticeNotFound)


async def release_items(
    tx: Tx, context: TakedownContext, notice_id: CopyrightNoticeId, *, staff: Member | None
) -> None:
    """Bring back what a notice hid and no other one goes on to hide; the caller has locked it."""
    await queries.lock_owners(tx, notice_id)
    for takedown_id in await queries.list_released(tx, notice_id):
        found = await takedown_queries.find_takedown(tx, takedown_id)
        if found is not None:
            await takedowns.restore(tx, context, found, staff=staff, reason=None)


async def restore_due(database: Database, context: TakedownContext) -> None:
    """Bring back the items whose counter-notices are over. Running twice does no harm."""
    async with database.read() as conn:
        due = await queries.list_due(conn)
    for each in due:

        async def restore(tx: Tx, each: DueCounter = each) -> None:
            await _restore(tx, context, each)

        try:
            await database.transact(restore)
        except VezaError as error:
            log.warning("counter_not_completed", id=str(each.notice_id), reason=error.code)


async def _restore(tx: Tx, context: TakedownContext, due: DueCounter) -> None:
    await notices.lock_notice(tx, due.notice_id)
    if await queries.update_restored(tx, due):
        await release_items(tx, context, due.notice_id, staff=None)
        await enqueue(tx, SendNoticeMail(due.notice_id, NoticeMail.RESTORED, due.owner_id))
