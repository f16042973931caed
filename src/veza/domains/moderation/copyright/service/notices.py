"""A notice is stored, its mail confirmed, and what it names looked up and perhaps hidden."""

import math
from uuid import UUID

from msgspec import Struct, structs

from veza.core.addresses import network_of
from veza.core.errors import Allowance, required
from veza.core.ids import CopyrightNoticeId, TakedownId, new_id
from veza.core.languages import Language
from veza.domains.auth.recovery.errors import InvalidLink
from veza.domains.auth.sign_up.service import proofs
from veza.domains.auth.sign_up.service.proofs import FloodGate
from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.moderation.copyright import rules
from veza.domains.moderation.copyright.errors import NoticesFull, TooManyNotices
from veza.domains.moderation.copyright.models.notices import (
    CopyrightSettings,
    NewNotice,
    NoticeForm,
    NoticeMail,
    NoticeReceipt,
    NoticeStatus,
    SendNoticeMail,
    StoredItem,
    StoredNotice,
)
from veza.domains.moderation.copyright.queries import notices as queries
from veza.domains.moderation.reports.errors import ContentNotFound
from veza.domains.moderation.takedowns import service as takedowns
from veza.domains.moderation.takedowns import shared_queries as takedown_queries
from veza.domains.moderation.takedowns.errors import AlreadyTakenDown
from veza.domains.moderation.takedowns.service import TakedownContext
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.valkey.client import WindowCounters


class CopyrightContext(Struct, frozen=True):
    """The settings of notices, what can be taken down, and the counts that bound notices."""

    settings: CopyrightSettings
    takedowns: TakedownContext
    gate: FloodGate

    @property
    def counters(self) -> WindowCounters:
        """Return the counts of the server."""
        return self.gate.counters


def create_context(
    settings: CopyrightSettings, kinds: TakedownContext, sign_up: SignUpContext
) -> CopyrightContext:
    """Return a context; as many notices as sign-ups need no proof of work."""
    return CopyrightContext(settings, kinds, structs.replace(sign_up.gate, key=rules.FLOOD_KEY))


async def send(
    database: Database, context: CopyrightContext, form: NoticeForm, *, ip: str, language: Language
) -> NoticeReceipt:
    """Store a notice, and mail a link by which its sender confirms the address.

    Nothing that it names is looked up before, so that the answer tells nothing of it. Raises
    Invalid, TooManyNotices, ProofRequired and NoticesFull.
    """
    form = rules.clean_notice(form)
    await _ensure_few(context, ip)
    await proofs.ensure_proved(context.gate, form.proof)
    notice_id = CopyrightNoticeId(new_id())
    async with database.transaction() as tx:
        if not await queries.insert_notice(
            tx,
            NewNotice(notice_id, language),
            form,
            lifetime=rules.LINK_LIFETIME,
            most=rules.MAX_UNCONFIRMED,
        ):
            raise NoticesFull(retry_after=rules.FULL_RETRY_S)
        await enqueue(tx, SendNoticeMail(notice_id, NoticeMail.CONFIRM))
    return NoticeReceipt(notice_id, NoticeStatus.UNCONFIRMED)


async def confirm(tx: Tx, context: CopyrightContext, token: str) -> NoticeReceipt:
    """Confirm a notice by the token of the mailed link, so that staff sees it.

    A confirmed one is shown as it is. Raises InvalidLink.
    """
    found = await queries.lock_by_token(tx, rules.hash_token(token))
    notice = required(found, InvalidLink)
    if notice.status is NoticeStatus.UNCONFIRMED:
        await queries.update_confirmed(tx, notice.id)
        await _find_items(tx, context, notice)
        if context.settings.hides_at_once:
            await _hide_items(tx, context, notice)
        return NoticeReceipt(notice.id, NoticeStatus.PENDING)
    return NoticeReceipt(notice.id, notice.status)


async def find_takedown(tx: Tx, item: StoredItem) -> TakedownId | None:
    """Return the take-down for copyright that hides an item already."""
    assert item.content_type is not None
    assert item.content_id is not None
    found = await takedown_queries.find_open(tx, item.content_type, item.content_id)
    return found.id if found is not None and rules.is_by_copyright(found) else None


async def _find_items(tx: Tx, context: CopyrightContext, notice: StoredNotice) -> None:
    """Store what the addresses of a notice name."""
    for item in await queries.list_items(tx, notice.id):
        found = await _find_item(tx, context, item)
        if found is not None:
            await queries.update_found(tx, notice.id, found)


async def _find_item(conn: Conn, context: CopyrightContext, item: StoredItem) -> StoredItem | None:
    named = rules.find_named(item.url or "")
    for content_type in () if named is None else named.content_types:
        assert named is not None
        kind = context.takedowns.kinds.get(content_type)
        found = kind and await _find_by_key(conn, kind, named.key)
        if found is not None:
            return structs.replace(
                item,
                content_type=content_type,
                content_id=found.content_id,
                owner_id=found.owner_id,
                title=takedowns.title_of(found),
            )
    return None


async def _find_by_key(conn: Conn, kind: TakedownKind, key: UUID | str) -> OwnedItem | None:
    """Return an item with its id."""
    if isinstance(key, str):
        return None if kind.find_named is None else await kind.find_named(conn, key)
    found = await kind.find(conn, key)
    return found and structs.replace(found, content_id=found.content_id or key)


async def _hide_items(tx: Tx, context: CopyrightContext, notice: StoredNotice) -> None:
    reason = rules.state_reason(notice)
    for item in await queries.list_items(tx, notice.id):
        if item.content_id is None:
            continue
        takedown_id = await find_takedown(tx, item)
        if takedown_id is None:
            form = rules.describe_takedown(item, reason, notice.id)
            try:
                async with tx.savepoint():
                    takedown_id = await takedowns.take_down_automatically(
                        tx, context.takedowns, form
                    )
            except (AlreadyTakenDown, ContentNotFound):
                # Hidden for another reason, or deleted a moment ago: staff sees it at the notice.
                continue
        await queries.update_takedown(tx, notice.id, item.position, takedown_id)


async def _ensure_few(context: CopyrightContext, ip: str) -> None:
    key = f"copyright-notices:{network_of(ip)}"
    window = await context.counters.add(key, rules.WINDOW_S)
    if window.count > rules.MAX_FROM_NETWORK:
        wait_s = max(1, math.ceil(window.ends_in_s))
        allowance = Allowance(rules.MAX_FROM_NETWORK, rules.WINDOW_S)
        raise TooManyNotices(retry_after=wait_s, allowance=allowance)
