"""Only the first request for an archive has it built; buyers follow and download it."""

import time
from datetime import timedelta

from msgspec import Struct

from veza.core.access import Member, Role
from veza.core.clock import now
from veza.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, required
from veza.core.ids import ArchiveId, OrderId, ProductId, ReleaseId, UserId, new_id
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.archives import rules
from veza.domains.marketplace.archives.errors import ArchiveNotFound, TooManyArchives
from veza.domains.marketplace.archives.models import (
    MAX_WAITING,
    Archive,
    Archives,
    ArchiveStatus,
    BuildArchive,
    NewArchive,
    ReleaseState,
    StoredArchive,
)
from veza.domains.marketplace.archives.queries import archives, contents
from veza.domains.marketplace.orders.errors import ProductWithoutRelease
from veza.domains.marketplace.orders.models.guests import OpenedOrder
from veza.domains.marketplace.orders.rules.access import ensure_may_open
from veza.domains.marketplace.orders.service import purchases
from veza.domains.marketplace.products.models.files import ArchiveFormat
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx

_RETRY_AFTER_S = 60


class ArchiveStorage(Struct, frozen=True):
    """The storage and the tools of audio, and the limits of archives.

    An archive is deleted `kept_for` after its last download. All archives together have
    `max_bytes`, and a single one no more.
    """

    audio: AudioStorage
    kept_for: timedelta
    max_bytes: int


class OrderedBy(Struct, frozen=True):
    """The guest's order that a signed URL names."""

    order_id: OrderId


class ArchiveHolder(Struct, frozen=True):
    """The caller who asks for archives: a member, or the holder of a guest's link."""

    product_id: ProductId
    who: Member | OpenedOrder

    @property
    def id(self) -> UserId | OrderId:
        """Return the id in signed URLs: of the account, or of the order."""
        return self.who.order.id if isinstance(self.who, OpenedOrder) else self.who.id


class BuyersLinks(Struct, frozen=True):
    """Makes the links of a holder to the archives of a product."""

    holder: ArchiveHolder
    urls: UrlBuilder

    def url_of(self, archive_id: ArchiveId) -> str:
        """Return the signed URL of an archive."""
        by = "order" if isinstance(self.holder.who, OpenedOrder) else "member"
        return rules.file_url(
            self.holder.product_id, archive_id, (by, self.holder.id), self.urls, int(time.time())
        )


async def list_archives(
    conn: Conn, storage: ArchiveStorage, holder: ArchiveHolder, urls: UrlBuilder
) -> Archives:
    """Return the release of a product in all formats, built or not.

    Raises the errors of `_get_release`.
    """
    release_id = await _get_release(conn, holder)
    state = await _get_state(conn, release_id)
    current = {each.format: each for each in await archives.list_current(conn, release_id)}
    links = BuyersLinks(holder, urls)
    return Archives(
        [_show(storage, state, current.get(each), each, links=links) for each in ArchiveFormat]
    )


async def request_archive(
    tx: Tx,
    storage: ArchiveStorage,
    holder: ArchiveHolder,
    wanted: ArchiveFormat,
    urls: UrlBuilder,
) -> Archive:
    """Return an archive, or have it built; of several requests for it only the first does.

    Raises the errors of `_get_release`, `rules.ensure_buildable` and TooManyArchives.
    """
    release_id = await _get_release(tx, holder)
    state = await _get_state(tx, release_id)
    archive = await archives.lock_current(tx, release_id, wanted)
    if archive is None or not _is_usable(archive, state):
        rules.ensure_buildable(state, wanted, storage.max_bytes)
        archive = await _replace(tx, archive, state, wanted, holder)
    await archives.update_used(tx, archive.id, rules.TOUCH_INTERVAL)
    # Nobody tells a guest when it is ready.
    if archive.status is ArchiveStatus.BUILDING and isinstance(holder.who, Member):
        await _wait(tx, archive, holder.who)
    return _show(storage, state, archive, wanted, links=BuyersLinks(holder, urls))


async def open_archive(
    conn: Conn, product_id: ProductId, archive_id: ArchiveId, holder_id: UserId | OrderedBy
) -> StoredArchive:
    """Return an archive to send, if its holder may still download it. Raises ArchiveNotFound."""
    try:
        if isinstance(holder_id, OrderedBy):
            release_id = await purchases.get_ordered_release(conn, holder_id.order_id, product_id)
        else:
            # A signed URL names the member; neither a role nor a session matters for a purchase.
            member = Member(holder_id, Role.USER, session_id=None)
            release_id = await purchases.get_held_release(conn, product_id, member)
    except (Conflict, Forbidden, NotFound) as error:
        raise ArchiveNotFound from error
    return required(await archives.find_ready(conn, archive_id, release_id), ArchiveNotFound)


async def record_use(database: Database, archive: StoredArchive) -> None:
    """Postpone the deletion of an archive that is downloaded."""
    if now() - archive.used_at > rules.TOUCH_INTERVAL:
        async with database.transaction(recorded=False) as tx:
            await archives.update_used(tx, archive.id, rules.TOUCH_INTERVAL)


async def retire_lost(database: Database, archive: StoredArchive) -> None:
    """Retire an archive whose file is missing, so that it is built again when it is asked for."""
    async with database.transaction(recorded=False) as tx:
        await archives.update_retired(tx, archive.id)


async def _get_release(conn: Conn, holder: ArchiveHolder) -> ReleaseId:
    """Return the release that a holder may download.

    Raises the errors of `purchases.get_held_release`, and of an order MailedLinkNeeded.
    """
    if isinstance(holder.who, Member):
        return await purchases.get_held_release(conn, holder.product_id, holder.who)
    order = holder.who.order
    ensure_may_open(order.id, order.buyer_id, holder.who.opener)
    return await purchases.get_ordered_release(conn, order.id, holder.product_id)


async def _get_state(conn: Conn, release_id: ReleaseId) -> ReleaseState:
    return required(await contents.find_state(conn, release_id), ProductWithoutRelease)


def _is_usable(archive: StoredArchive, state: ReleaseState) -> bool:
    """Return whether an archive is, or will be, what is on the release now."""
    if archive.status is ArchiveStatus.FAILED:
        return rules.is_current(archive, state) and not rules.may_retry(archive, now())
    # A build notices itself that the release has changed.
    return archive.status is ArchiveStatus.BUILDING or rules.is_current(archive, state)


async def _replace(
    tx: Tx,
    former: StoredArchive | None,
    state: ReleaseState,
    wanted: ArchiveFormat,
    holder: ArchiveHolder,
) -> StoredArchive:
    """Create an archive and enqueue its build, unless another request did so meanwhile."""
    if former is not None:
        await archives.update_retired(tx, former.id)
    name = rules.archive_name(state, wanted)
    new = NewArchive(ArchiveId(new_id()), state.id, wanted, state.version, name)
    try:
        created = await archives.insert_archive(tx, new)
    except ConstraintViolation as error:
        # The release was deleted meanwhile.
        raise ProductWithoutRelease from error
    if created is None:
        # The other transaction has committed, so its row is visible to the next statement.
        return required(await archives.lock_current(tx, state.id, wanted), ArchiveNotFound)
    key = f"build_archive:{created.id}"
    await enqueue(tx, BuildArchive(created.id), key=key, owner_id=holder.id)
    return created


async def _wait(tx: Tx, archive: StoredArchive, member: Member) -> None:
    waiting = await archives.count_waiting(tx, member.id, without=archive.id)
    if waiting >= MAX_WAITING:
        raise TooManyArchives(retry_after=_RETRY_AFTER_S)
    try:
        await archives.insert_request(tx, archive.id, member.id)
    except ConstraintViolation as error:
        # The token outlived the account.
        raise Unauthenticated from error


def _show(
    storage: ArchiveStorage,
    state: ReleaseState,
    archive: StoredArchive | None,
    wanted: ArchiveFormat,
    *,
    links: BuyersLinks,
) -> Archive:
    offered = rules.is_offered(state, wanted)
    is_building = archive is not None and archive.status is ArchiveStatus.BUILDING
    if archive is None or not (is_building or rules.is_current(archive, state)):
        return rules.show_missing(wanted, offered=offered)
    return rules.show_archive(archive, links.url_of(archive.id), storage.kept_for, offered=offered)
