"""Accounts are erased at once or after a delay; staff erases suspended members only."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated, required
from veza.core.ids import ExportId, ProfileId, UserId, new_id
from veza.core.money_mode import MoneyMode
from veza.core.normalize import require_text
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.service import account_passwords, member_accounts
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.contributions import PersonalData
from veza.domains.marketplace.commissions.service import payment as commissions
from veza.domains.privacy import queries, rules
from veza.domains.privacy.errors import (
    ExportNotFound,
    MemberNotSuspended,
    NoPendingDeletion,
    OwnErasure,
)
from veza.domains.privacy.models import (
    BuildExport,
    DeletionPreview,
    DeletionResult,
    DeletionStatus,
    Export,
    StaffErasurePage,
    StoredExport,
)
from veza.domains.profiles.models.profiles import Profile
from veza.domains.profiles.service import members as profiles
from veza.domains.profiles.service import merges as profile_merges
from veza.domains.profiles.service import owners
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.objects import Storage


class PersonalDataContext(Struct, frozen=True):
    """The personal data of all domains, in the order of erasing, and the storage.

    `deletion_delay` is how long a member may cancel a deletion. Money in any of `balance_modes`
    prevents erasing.
    """

    domains: Mapping[str, PersonalData]
    storage: Storage
    deletion_delay: timedelta = timedelta(0)
    balance_modes: Collection[MoneyMode] = tuple(MoneyMode)


async def request_export(tx: Tx, member: Member, urls: UrlBuilder) -> Export:
    """Enqueue an export of a member's data. Raises ExportRunning and ExportTooSoon."""
    if not await queries.lock_member(tx, member.id):
        # The access token is valid, but the account is deleted or was just suspended.
        raise Unauthenticated
    rules.ensure_may_request(await queries.find_newest_unfailed(tx, member.id), now())
    export = await queries.insert_export(tx, ExportId(new_id()), member.id)
    await enqueue(tx, BuildExport(export.id))
    return rules.show_export(export, urls, now())


async def get_export(conn: Conn, member: Member, urls: UrlBuilder) -> Export:
    """Return the newest export of a member. Raises ExportNotFound."""
    export = required(await queries.find_newest(conn, member.id), ExportNotFound)
    return rules.show_export(export, urls, now())


async def open_export(conn: Conn, export_id: ExportId, *, granted: bool) -> StoredExport:
    """Return the export to stream, if the URL's signature was valid. Raises ExportNotFound."""
    export = await queries.find_downloadable(conn, export_id) if granted else None
    if export is None or not rules.is_downloadable(export, now()):
        raise ExportNotFound
    return export


async def delete_account(
    database: Database,
    login: LoginContext,
    context: PersonalDataContext,
    *,
    member: Member,
    password: str,
) -> DeletionResult:
    """Erase the member's account and personal data, now or after the operator's delay.

    With a delay, the sessions end now, and the member may sign in again and cancel. Raises
    the errors of `confirm_owner`, and those of `_ensure_not_last_admin` and `erase`. A pending
    deletion is checked when it is due.
    """
    async with database.read() as conn:
        user = await member_accounts.get_user(conn, member.id)
    await account_passwords.confirm_owner(database, login, member, user, password)
    async with database.transaction() as tx:
        await _ensure_not_last_admin(tx, member.id)
        if not context.deletion_delay:
            await erase(tx, context.domains, member.id, balance_modes=context.balance_modes)
            return DeletionResult("Account deleted", None)
        due_at = now() + context.deletion_delay
        pending = await queries.insert_pending_deletion(tx, member.id, due_at)
        await sessions.end_sessions(tx, member.id)
        return DeletionResult("Sign in again before then to keep your account.", pending.due_at)


async def get_deletion(conn: Conn, member: Member) -> DeletionStatus:
    """Return when the member's account is erased, if a deletion is pending."""
    pending = await queries.find_pending_deletion(conn, member.id)
    return DeletionStatus(pending and pending.due_at)


async def cancel_deletion(tx: Tx, member: Member) -> None:
    """Cancel a pending deletion. Raises NoPendingDeletion."""
    if not await queries.delete_pending_deletion(tx, member.id):
        raise NoPendingDeletion


async def preview_deletion(conn: Conn, user_id: UserId) -> DeletionPreview:
    """Return what is deleted with an account, and what stays."""
    pages = await owners.preview_erasure(conn, user_id)
    erased = {user_id, *(UserId(page.id) for page in pages.deleted)}
    services = await commissions.preview_erasure(conn, erased)
    return copy_fields(DeletionPreview, pages, services=services)


async def erase_suspended(
    tx: Tx, context: PersonalDataContext, *, user_id: UserId, admin: Member, reason: str
) -> None:
    """Erase a suspended member by an admin's decision, and record the admin and the reason.

    Raises MemberNotSuspended, OwnErasure, UserNotFound, and the errors of `erase`. The last admin
    can't be erased, because admins can't erase themselves.
    """
    if user_id == admin.id:
        raise OwnErasure
    reason = require_text(reason, "reason", "Give a reason for the erasure.")
    # The lock keeps another admin from lifting the suspension meanwhile.
    standing = await member_accounts.lock_account_status(tx, user_id, keeps_admin=True)
    if not standing.is_suspended:
        raise MemberNotSuspended
    await member_accounts.lock_account(tx, admin.id)
    await erase(tx, context.domains, user_id, balance_modes=context.balance_modes)
    await queries.insert_erasure(tx, new_id(), reason, admin.id)


async def list_staff_erasures(conn: Conn, *, limit: int, cursor: Cursor | None) -> StaffErasurePage:
    """Return a page of the erasures by staff, newest first."""
    found = await queries.list_erasures(conn, limit, cursor)
    shown, following = cut(found, limit, lambda each: Cursor(each.erased_at, each.id))
    return StaffErasurePage(shown, following, following is not None)


async def erase(
    tx: Tx,
    domains: Mapping[str, PersonalData],
    user_id: UserId,
    *,
    balance_modes: Collection[MoneyMode] = tuple(MoneyMode),
) -> None:
    """Erase the personal data of every domain. Raises OpenBalance.

    The artists, bands and labels that only this member owns are erased with them.

    Money of the given modes prevents it: a payout in progress, a sale that may still be paid,
    refunded or disputed, or a balance. Each domain is checked just before it is erased, when the
    domains above it are locked, so no order can be placed in between.
    """
    alone, shared = await owners.lock_owned(tx, user_id)
    await commissions.lock_for_erasure(tx, {user_id, *(UserId(each) for each in alone)})
    for page_id in alone:
        await erase_page(tx, domains, UserId(page_id), balance_modes=balance_modes)
    await _erase_data(tx, domains, user_id, balance_modes=balance_modes)
    # Of those who stay, all may be suspended.
    await owners.settle_pages(tx, shared)


async def erase_page(
    tx: Tx,
    domains: Mapping[str, PersonalData],
    page_id: UserId,
    *,
    balance_modes: Collection[MoneyMode],
) -> None:
    """Erase an artist, a band or a label, and end all roles in it. Raises OpenBalance."""
    await owners.close_sockets(tx, page_id)
    await _erase_data(tx, domains, page_id, balance_modes=balance_modes)


async def delete_page(
    tx: Tx, context: PersonalDataContext, profile_id: ProfileId, member: Member
) -> None:
    """Erase a page that the caller owns.

    Raises ProfileNotFound, NotYourProfile, PersonalProfile and OpenBalance.
    """
    await profiles.lock_owned_page(tx, profile_id, member)
    modes, page_id = context.balance_modes, UserId(profile_id)
    await commissions.lock_for_erasure(tx, {page_id})
    await erase_page(tx, context.domains, page_id, balance_modes=modes)


async def merge_page(
    tx: Tx,
    context: PersonalDataContext,
    profile_id: ProfileId,
    into_id: ProfileId,
    *,
    member: Member,
) -> Profile:
    """Give what a page has to another profile of the caller, and erase the page.

    The second time is the same as the first. Raises ProfileNotFound, NotYourProfile, NotMergeable,
    MoneyStays and StillOnAir.
    """
    done = await profile_merges.find_done(tx, profile_id, into_id, member)
    if done is not None:
        return done
    page_id, heir_id = UserId(profile_id), UserId(into_id)
    for domain in context.domains.values():
        if domain.ensure_may_move is not None:
            await domain.ensure_may_move(tx, page_id)
    for domain in context.domains.values():
        if domain.move is not None:
            await domain.move(tx, page_id, heir_id)
    await erase_page(tx, context.domains, page_id, balance_modes=context.balance_modes)
    return await profile_merges.finish(tx, into_id, member)


async def _erase_data(
    tx: Tx,
    domains: Mapping[str, PersonalData],
    user_id: UserId,
    *,
    balance_modes: Collection[MoneyMode],
) -> None:
    for domain in domains.values():
        if domain.ensure_may_erase is not None:
            await domain.ensure_may_erase(tx, user_id, balance_modes)
        await domain.erase(tx, user_id)


def find_export_url(export_id: ExportId, expires_at: datetime, urls: UrlBuilder) -> str | None:
    """Return the URL of an export; None once it has expired."""
    return rules.export_url(export_id, expires_at, urls) if now() < expires_at else None


async def _ensure_not_last_admin(tx: Tx, user_id: UserId) -> None:
    """Lock the account and all admins. Raises LastAdmin, and InvalidToken if it is deleted."""
    try:
        await member_accounts.lock_account_status(tx, user_id, keeps_admin=False)
    except UserNotFound as error:
        # A second request of the same member erased it.
        raise InvalidToken from error
