"""What one can do with links to files: make, list and revoke them, and get a file by one."""

import secrets
from collections.abc import AsyncIterator

from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import FileId, FileShareId, new_id
from veza.core.signed_urls import UrlBuilder
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.blobs.service import Vault
from veza.domains.cloud.files import service as files
from veza.domains.cloud.files.errors import FileNotFound
from veza.domains.cloud.shares import queries, rules
from veza.domains.cloud.shares.errors import (
    ShareNotFound,
    ShareProtected,
    TooManyGuesses,
    TooManyShares,
    WrongSharePassword,
)
from veza.domains.cloud.shares.models import (
    MAX_SHARES,
    CreatedShare,
    DrawnShare,
    NewShare,
    SharedFile,
    ShareForm,
    Shares,
    StoredShare,
    UnlockForm,
)
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.security.passwords import Passwords


class Hatch(Struct, frozen=True):
    """What handing files out needs: where they lie, passwords, and the count of wrong ones."""

    vault: Vault
    passwords: Passwords
    attempts: LoginThrottle


async def draw_share(hatch: Hatch, file_id: FileId, form: ShareForm) -> DrawnShare:
    """Draw the token of a link that is to be made, and hash its password, which takes a moment."""
    token = secrets.token_urlsafe(32)
    new = NewShare(
        id=FileShareId(new_id()),
        file_id=file_id,
        token_hash=rules.hash_token(token),
        permissions=form.permissions,
        password_hash=None if form.password is None else await hatch.passwords.hash(form.password),
        max_downloads=form.max_downloads,
    )
    return DrawnShare(new, token, rules.lifetime(form.expires_in_hours))


async def share_file(tx: Tx, drawn: DrawnShare, owner: Member, urls: UrlBuilder) -> CreatedShare:
    """Make a link to one's own file. Its token is shown this once."""
    new = drawn.share
    if not await queries.lock_file(tx, new.file_id, owner.id):
        raise FileNotFound
    if await queries.count_holding(tx, new.file_id) >= MAX_SHARES:
        raise TooManyShares
    expires_at = await queries.insert_share(tx, new, lasts=drawn.lasts)
    assert expires_at is not None
    return rules.show_created(drawn, expires_at, urls)


async def list_shares(conn: Conn, file_id: FileId, owner: Member) -> Shares:
    """List the links to one's own file that hold, the latest first."""
    await files.get_file(conn, file_id, owner)
    return Shares(await queries.list_shares(conn, file_id, owner.id, MAX_SHARES))


async def revoke(tx: Tx, file_id: FileId, owner: Member, share_id: FileShareId) -> None:
    """Have a link to one's own file hold no more, at once. Raises ShareNotFound."""
    if not await queries.update_revoked(tx, file_id, owner.id, share_id):
        raise ShareNotFound


async def show_shared(conn: Conn, token: str, urls: UrlBuilder) -> SharedFile:
    """Show a file to whoever has a link to it. Raises ShareProtected where that isn't enough."""
    share = await _find(conn, token)
    if share.password_hash is not None:
        raise ShareProtected
    return rules.show_shared(share, token, urls)


async def unlock(
    database: Database, hatch: Hatch, form: UnlockForm, urls: UrlBuilder
) -> SharedFile:
    """Show a file to whoever knows the password of the link, with a URL that needs none."""
    async with database.read() as conn:
        share = await _find(conn, form.token)
    if share.password_hash is not None:
        await _ensure_password(hatch, share, share.password_hash, given=form.password)
    return rules.show_shared(share, form.token, urls)


async def open_shared(conn: Conn, token: str, *, granted: bool) -> StoredShare:
    """Give what is needed to serve a file to whoever has a link; `granted` by its password."""
    share = await _find(conn, token)
    if share.password_hash is not None and not granted:
        raise ShareProtected
    return share


async def read_shared(
    database: Database, hatch: Hatch, share: StoredShare, *, first: int, last: int
) -> AsyncIterator[bytes]:
    """Stream what a link leads to, and count that as a download before the first byte.

    Raises ShareNotFound where others came first, and it was used up by them.
    """
    if rules.is_counted(share, first):
        async with database.transaction(recorded=False) as tx:
            if not await queries.add_to_downloads(tx, share.id):
                raise ShareNotFound
    async for chunk in blobs.read(hatch.vault, share.blob_id, first, last):
        yield chunk


async def _find(conn: Conn, token: str) -> StoredShare:
    share = await queries.find_shared(conn, rules.hash_token(token))
    if share is None:
        raise ShareNotFound
    return share


async def _ensure_password(
    hatch: Hatch, share: StoredShare, password_hash: str, *, given: str
) -> None:
    # A right one doesn't clear the count: it says nothing about others who guess.
    async with hatch.attempts.attempt([rules.guess_key(share)], TooManyGuesses) as attempt:
        if not await hatch.passwords.verify(password_hash, given):
            attempt.fail()
            raise WrongSharePassword
