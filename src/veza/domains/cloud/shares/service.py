"""A password opens a protected link, with few tries; then a URL needs none."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import FileId, FileShareId, new_id
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.cloud.blobs.service import BlobStorage
from veza.domains.cloud.files import service as files
from veza.domains.cloud.files.errors import FileNotFound
from veza.domains.cloud.shares import errors, queries, rules
from veza.domains.cloud.shares.models import (
    MAX_SHARES,
    CreatedShare,
    NewShare,
    PreparedShare,
    SharedFile,
    ShareEvidence,
    ShareForm,
    SharePage,
    Shares,
    StoredShare,
    UnlockForm,
)
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.security.passwords import Passwords


class SharedFileAccess(Struct, frozen=True):
    """The storage, password hashing, and the count of wrong passwords."""

    blobs: BlobStorage
    passwords: Passwords
    attempts: LoginThrottle


async def prepare_share(
    access: SharedFileAccess, file_id: FileId, form: ShareForm
) -> PreparedShare:
    """Generate the token of a new link, and hash its password."""
    token = secrets.token_urlsafe(32)
    new = NewShare(
        id=FileShareId(new_id()),
        file_id=file_id,
        token_hash=rules.hash_token(token),
        permissions=form.permissions,
        password_hash=None if form.password is None else await access.passwords.hash(form.password),
        max_downloads=form.max_downloads,
    )
    return PreparedShare(new, token, timedelta(hours=form.expires_in_hours))


async def share_file(
    tx: Tx, prepared: PreparedShare, owner: Member, urls: UrlBuilder
) -> CreatedShare:
    """Create a link to a file of the caller. Raises FileNotFound and TooManyShares."""
    new = prepared.share
    if not await queries.lock_file(tx, new.file_id, owner.id):
        raise FileNotFound
    if await queries.count_valid(tx, new.file_id) >= MAX_SHARES:
        raise errors.TooManyShares
    expires_at = await queries.insert_share(tx, new, prepared.lifetime)
    assert expires_at is not None
    return rules.show_created(prepared, expires_at, urls)


async def list_shares(conn: Conn, file_id: FileId, owner: Member) -> Shares:
    """Return the valid links to a file of the caller, newest first."""
    await files.get_file(conn, file_id, owner)
    return Shares(await queries.list_shares(conn, file_id, owner.id, MAX_SHARES))


async def list_shares_of(
    conn: Conn, owner: Member, *, limit: int, cursor: Cursor | None
) -> SharePage:
    """Return a page of the valid links to all files of the caller, newest first."""
    found = await queries.list_shares_of(conn, owner.id, limit, cursor)
    page, next_cursor = cut(found, limit, lambda share: Cursor(share.created_at, share.id))
    return SharePage(page, next_cursor, next_cursor is not None)


async def revoke_share(tx: Tx, file_id: FileId, owner: Member, share_id: FileShareId) -> None:
    """Revoke a link to a file of the caller. Raises ShareNotFound."""
    if not await queries.update_revoked(tx, file_id, owner.id, share_id):
        raise errors.ShareNotFound


async def show_shared(conn: Conn, token: str, urls: UrlBuilder) -> SharedFile:
    """Return the file of a link. Raises ShareProtected if the link has a password."""
    return rules.show_shared(await open_shared(conn, token, granted=False), token, urls)


async def unlock(
    database: Database, access: SharedFileAccess, form: UnlockForm, urls: UrlBuilder
) -> SharedFile:
    """Return the file of a link after checking its password, with a URL that needs none."""
    async with database.read() as conn:
        share = await _find_valid(conn, form.token)
    if share.password_hash is not None:
        await _ensure_password(access, share, share.password_hash, given=form.password)
    return rules.show_shared(share, form.token, urls)


async def open_shared(conn: Conn, token: str, *, granted: bool) -> StoredShare:
    """Return the data for serving the file of a link; `granted` if its password was checked."""
    share = await _find_valid(conn, token)
    if share.password_hash is not None and not granted:
        raise errors.ShareProtected
    return share


async def count_download(database: Database, share: StoredShare, first: int) -> None:
    """Count a download that reads from the byte `first`, unless an earlier range was counted.

    Raises ShareNotFound if other downloads have used the link up.
    """
    if rules.is_counted(share, first):
        async with database.transaction(recorded=False) as tx:
            if not await queries.add_to_downloads(tx, share.id):
                raise errors.ShareNotFound


async def find_evidence(conn: Conn, share_id: UUID, _viewer: Member) -> ShareEvidence | None:
    """Return the content to keep with a report; only who has the link knows its id."""
    return await queries.find_evidence(conn, FileShareId(share_id))


async def _find_owned(conn: Conn, content_id: UUID) -> OwnedItem | None:
    share = await queries.find_owned(conn, FileShareId(content_id))
    return share and OwnedItem(share.owner_id, share.name)


async def _find_by_token(conn: Conn, token: str) -> OwnedItem | None:
    share = await queries.find_by_token(conn, rules.hash_token(token))
    return share and OwnedItem(share.owner_id, share.name, share.id)


async def _take_down(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    return {} if await queries.update_taken_down(tx, FileShareId(content_id)) else None


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    await queries.update_restored(tx, FileShareId(content_id))


async def _delete_taken_down(tx: Tx, content_id: UUID, _owner: Member) -> None:
    await queries.delete_share(tx, FileShareId(content_id))


TAKEDOWN = TakedownKind(
    _find_owned, _take_down, _restore, _delete_taken_down, find_named=_find_by_token
)


async def _find_valid(conn: Conn, token: str) -> StoredShare:
    return required(await queries.find_shared(conn, rules.hash_token(token)), errors.ShareNotFound)


async def _ensure_password(
    access: SharedFileAccess, share: StoredShare, password_hash: str, *, given: str
) -> None:
    # The right password doesn't reset the count: it may come from another visitor.
    async with access.attempts.attempt(f"share:{share.id}", errors.TooManyGuesses) as attempt:
        if not await access.passwords.verify(password_hash, given):
            attempt.fail()
            raise errors.WrongSharePassword
