"""Only the first request for an archive has it built; buyers follow and download it."""

import time
from datetime import timedelta

from msgspec import Struct

from veza.core.access import Member, Role
from veza.core.clock import now
from veza.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, required
from veza.core.ids import ArchiveId, ProductId, ReleaseId, UserId, new_id
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.archives import rules
from veza.domains.marketplace.archives.errors import ArchiveNotFound, TooManyArchives
from veza.domains.marketplace.archives.models import (
    MAX_WAITING,
    Archive,
    ArchiveFormat,
    Archives,
    ArchiveStatus,
    BuildArchive,
    NewArchive,
    ReleaseState,
    StoredArchive,
)
from veza.domains.marketplace.archives.queries import archives, contents
from veza.domains.marketplace.orders.errors import ProductWithoutRelease
from veza.domains.marketplace.orders.service import purchases
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


class BuyersLinks(Struct, frozen=True):
    """Makes the links of a member to the archives of a product."""

    product_id: ProductId
    member_id: UserId
    urls: UrlBuilder

    def url_of(self, archive_id: ArchiveId) -> str:
        """Return the signed URL of an archive."""
        now_s = int(time.time())
        return rules.file_url(self.product_id, archive_id, self.member_id, self.urls, now_s)


async def list_archives(
    conn: Conn, storage: ArchiveStorage, product_id: ProductId, member: Member, urls: UrlBuilder
) -> Archives:
    """Return the release of a product in all formats, built or not.

    Raises the errors of `purchases.get_held_release`.
    """
    release_id = await purchases.get_held_release(conn, product_id, member)
    state = await _get_state(conn, release_id)
    current = {each.format: each for each in await archives.list_current(conn, release_id)}
    links = BuyersLinks(product_id, member.id, urls)
    return Archives(
        [_show(storage, state, current.get(each), each, links=links) for each in ArchiveFormat]
    )


async def request_archive(
    tx: Tx,
    storage: ArchiveStorage,
    member: Member,
    wanted: ArchiveFormat,
    links: BuyersLinks,
) -> Archive:
    """Return an archive, or have it built; of several requests for it only the first does.

    Raises the errors of `purchases.get_held_release`, `rules.ensure_buildable` and TooManyArchives.
    """
    release_id = await purchases.get_held_release(tx, links.product_id, member)
    state = await _get_state(tx, release_id)
    archive = await archives.lock_current(tx, release_id, wanted)
    if archive is None or not _is_usable(archive, state):
        rules.ensure_buildable(state, wanted, storage.max_bytes)
        archive = await _replace(tx, archive, state, wanted, member)
    await archives.update_used(tx, archive.id, rules.TOUCH_INTERVAL)
    if archive.status is ArchiveStatus.BUILDING:
        await _wait(tx, archive, member)
    return _show(storage, state, archive, wanted, links=links)


async def open_archive(
    conn: Conn, product_id: ProductId, archive_id: ArchiveId, member_id: UserId
) -> StoredArchive:
    """Return an archive to send, if the member may still download it. Raises ArchiveNotFound."""
    # A signed URL names the member; neither a role nor a session matters for a purchase.
    member = Member(member_id, Role.USER, session_id=None)
    try:
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
    member: Member,
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
    await enqueue(tx, BuildArchive(created.id), key=key, owner_id=member.id)
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
