"""What members may ask for as their right: all that is kept of them, and to be forgotten."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Fault, Invalid, Unauthenticated
from veza.core.ids import ExportId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.core.personal_files import PersonalFile
from veza.core.signed_urls import UrlBuilder
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.service import Doorkeeper
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.privacy import queries, rules
from veza.domains.privacy.errors import (
    ExportNotFound,
    MemberNotSuspended,
    NotLeaving,
    OwnErasure,
)
from veza.domains.privacy.models import (
    BuildExport,
    Export,
    Leaving,
    StaffErasurePage,
    StoredExport,
)
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.objects import Storage


async def _list_no_files(_: Conn, __: UserId) -> list[PersonalFile]:
    return []


class Part(Struct, frozen=True):
    """A domain's part: the tables it answers for, and how to hand out and erase.

    `list_files` tells of the files that a member brought.
    """

    tables: tuple[str, ...]
    export: Callable[[Conn, UserId], Awaitable[Any]]
    erase: Callable[[Tx, UserId], Awaitable[None]]
    list_files: Callable[[Conn, UserId], Awaitable[list[PersonalFile]]] = _list_no_files


class Estate(Struct, frozen=True):
    """All that is kept of anybody, part by part in the order in which it is erased; the storage.

    And how long who leaves may think better of it: not at all, where nobody said so.
    """

    parts: Mapping[str, Part]
    storage: Storage
    second_thoughts: timedelta = timedelta(0)


async def ask_for_export(tx: Tx, member: Member, urls: UrlBuilder) -> Export:
    """Have all put together that is kept of a member. Raises ExportRunning and ExportTooSoon."""
    if not await queries.lock_member(tx, member.id):
        # The token outlived the account, or they were suspended just now.
        raise Unauthenticated
    rules.ensure_may_ask(await queries.find_latest(tx, member.id), now())
    export = await queries.insert_export(tx, ExportId(new_id()), member.id)
    await enqueue(tx, BuildExport(export.id))
    return rules.show_export(export, urls, now())


async def get_export(conn: Conn, member: Member, urls: UrlBuilder) -> Export:
    """Tell how far the export is that a member asked for last, and where it lies once it is."""
    export = await queries.find_last_asked(conn, member.id)
    if export is None:
        raise ExportNotFound
    return rules.show_export(export, urls, now())


async def open_export(conn: Conn, export_id: ExportId, *, granted: bool) -> StoredExport:
    """Give what is needed to serve an archive to whoever has a URL that holds."""
    export = await queries.find_downloadable(conn, export_id) if granted else None
    if export is None or not rules.is_there(export, now()):
        raise ExportNotFound
    return export


async def say_farewell(
    database: Database, keeper: Doorkeeper, estate: Estate, *, member: Member, password: str
) -> Leaving:
    """Erase the account of a member who knows its password, and all that is kept of them, at once.

    Where there is time to think better of it, they are out, and erased when it is over. Raises
    WrongPassword and LastAdmin, and OpenBalance while money is due to them or by them.
    """
    async with database.read() as conn:
        user = await accounts.get_user(conn, member.id)
    await accounts.ensure_password(keeper, user, password)
    async with database.transaction() as tx:
        await _ensure_may_go(tx, member.id)
        if not estate.second_thoughts:
            await erase(tx, estate.parts, member.id)
            return Leaving("Account deleted", None)
        said = await queries.insert_farewell(tx, member.id, now() + estate.second_thoughts)
        await sessions.end_sessions(tx, member.id)
        return Leaving("Sign in again until then to take it back.", said.due_at)


async def stay(tx: Tx, member: Member) -> None:
    """Take it back that one leaves. Raises NotLeaving."""
    if not await queries.delete_farewell(tx, member.id):
        raise NotLeaving


async def erase_suspended(
    tx: Tx, estate: Estate, *, user_id: UserId, admin: Member, reason: str
) -> None:
    """Erase a suspended member on an admin's decision, and record when, by whom and why.

    Raises MemberNotSuspended, OwnErasure and UserNotFound, and OpenBalance while money is due to
    the member or by them. No erasure takes the last admin: whoever decides it is one, and stays.
    """
    if user_id == admin.id:
        raise OwnErasure
    given = reason.strip()
    if not given:
        raise Invalid(details=[Fault("reason", "An erasure needs a reason.")])
    # Locked together with all admins, so that nobody lifts the suspension meanwhile.
    standing = await accounts.lock_standing(tx, user_id, keeps_admin=True)
    if not standing.is_suspended:
        raise MemberNotSuspended
    await accounts.keep_there(tx, admin.id)
    await erase(tx, estate.parts, user_id)
    await queries.insert_erasure(tx, new_id(), given, admin.id)


async def list_staff_erasures(conn: Conn, *, limit: int, cursor: Cursor | None) -> StaffErasurePage:
    """List the erasures by staff, newest first."""
    found = await queries.list_erasures(conn, limit, cursor)
    shown, following = cut(found, limit, lambda each: Cursor(each.erased_at, each.id))
    return StaffErasurePage(shown, following, following is not None)


async def erase(tx: Tx, parts: Mapping[str, Part], user_id: UserId) -> None:
    """Erase all that is kept of a member; what the law wants kept stays, and names nobody."""
    for part in parts.values():
        await part.erase(tx, user_id)


def link_export(export_id: ExportId, expires_at: datetime, urls: UrlBuilder) -> str | None:
    """Give the URL by which a member downloads an export; None once its day is over."""
    return rules.url_of(export_id, expires_at, urls) if now() < expires_at else None


async def _ensure_may_go(tx: Tx, user_id: UserId) -> None:
    try:
        await accounts.lock_standing(tx, user_id, keeps_admin=False)
    except UserNotFound as error:
        # They went while this was asked for a second time.
        raise InvalidToken from error
