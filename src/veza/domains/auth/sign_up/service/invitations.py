"""Create, list and delete invitations."""

from datetime import timedelta

from veza.core.access import Member, Role
from veza.core.clock import now
from veza.core.errors import FieldError, Invalid, required
from veza.core.ids import InvitationId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.auth.sign_up import queries, rules
from veza.domains.auth.sign_up.errors import InvitationNotFound, MayNotInvite, TooManyInvitations
from veza.domains.auth.sign_up.models import (
    AdminInvitationPage,
    Invitation,
    InvitationForm,
    InvitationHistory,
    InvitationPage,
)
from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.infra.postgres.database import Conn, Tx


async def invite(
    tx: Tx, context: SignUpContext, member: Member, form: InvitationForm
) -> Invitation:
    """Create an invitation. Raises MayNotInvite, TooManyInvitations and Invalid."""
    # The role of this moment, not of the token.
    role = required(await queries.lock_inviter(tx, member.id), InvalidToken)
    await _ensure_may_invite(tx, context, member.id, role, form)
    moment = now()
    invitation = Invitation(
        InvitationId(new_id()),
        rules.draw_code(),
        uses=0,
        max_uses=form.max_uses,
        created_at=moment,
        expires_at=moment + timedelta(days=form.days),
    )
    return await queries.insert_invitation(tx, invitation, member.id)


async def list_own(
    conn: Conn, context: SignUpContext, member: Member, *, limit: int, cursor: Cursor | None
) -> InvitationPage:
    """Return a page of a member's invitations, and how many more they may create."""
    found = await queries.list_invitations(conn, member.id, limit, cursor)
    shown, following = cut(found, limit, lambda each: Cursor(each.created_at, each.id))
    left = None if rules.is_staff(member.role) else await _count_left(conn, context, member.id)
    return InvitationPage(shown, following, following is not None, left)


async def list_all(conn: Conn, *, limit: int, cursor: Cursor | None) -> AdminInvitationPage:
    """Return a page of all invitations, newest first."""
    found = await queries.list_all_invitations(conn, limit, cursor)
    shown, following = cut(found, limit, lambda each: Cursor(each.created_at, each.id))
    return AdminInvitationPage(shown, following, following is not None)


async def delete_own(tx: Tx, member: Member, invitation_id: InvitationId) -> None:
    """Delete an invitation of a member: its code no longer works. Raises InvitationNotFound."""
    if not await queries.delete_own_invitation(tx, invitation_id, member.id):
        raise InvitationNotFound


async def revoke(tx: Tx, invitation_id: InvitationId) -> None:
    """Delete an invitation of anybody. Raises InvitationNotFound."""
    if not await queries.delete_invitation(tx, invitation_id):
        raise InvitationNotFound


async def get_history(conn: Conn, user_id: UserId) -> InvitationHistory:
    """Return who invited a member, and whom they invited. Raises UserNotFound."""
    member = await member_accounts.get_admin_user(conn, user_id)
    return InvitationHistory(
        copy_fields(NamedMember, member),
        invited_by=await queries.find_inviter(conn, user_id),
        invited=await queries.list_invited(conn, user_id),
    )


async def _ensure_may_invite(
    tx: Tx, context: SignUpContext, user_id: UserId, role: Role, form: InvitationForm
) -> None:
    if rules.is_staff(role):
        if await queries.count_open_invitations(tx) >= rules.MAX_STAFF_INVITATIONS:
            raise TooManyInvitations
        return
    if not context.member_invitations:
        raise MayNotInvite
    if form.max_uses > 1:
        message = "Members invite one person with each invitation."
        raise Invalid(details=[FieldError("max_uses", message, "too_large", 1)])
    if not await _count_left(tx, context, user_id):
        raise TooManyInvitations


async def _count_left(conn: Conn, context: SignUpContext, user_id: UserId) -> int:
    if not context.member_invitations:
        return 0
    created = await queries.count_recent_invitations(conn, user_id, rules.INVITING_PERIOD)
    return max(0, context.member_invitations - created)
