"""An invitation is for a member or an address; it ends with the role of who sent it."""

from datetime import timedelta

from veza.core.ids import ProfileId, ProfileInvitationId, UserId
from veza.core.normalize import normalize_identifier
from veza.core.visibility import active, blocked
from veza.domains.profiles.models.invitations import (
    InvitationMail,
    NewProfileInvitation,
    ProfileInvitation,
    StoredInvitation,
)
from veza.domains.profiles.queries.profiles import COLUMNS, FROM
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_INVITATION = """
    select i.id, i.profile_id, u.username, i.email, i.role, i.created_at, i.expires_at
      from profile_invitations i
      left join users u on u.id = i.user_id
"""
_RECEIVED = f"""
    select {COLUMNS}, i.id as invitation_id, i.role, i.expires_at
    {FROM}
      join profile_invitations i on i.profile_id = p.id
      join users r on r.id = $1
     where i.expires_at > now() and {active("u")}
"""


async def lock_account(tx: Tx, username: str, profile_id: ProfileId) -> UserId | None:
    """Return the account with a name, unless it is suspended or there is a block.

    It is not erased meanwhile.
    """
    sql = f"""
        select id
          from users
         where username_key = $1 and page_kind is null and {active()}
           and not {blocked("$2", "users.id")}
           for key share
    """
    return await tx.value(UserId, sql, normalize_identifier(username), profile_id)


async def count_open(conn: Conn, profile_id: ProfileId) -> int:
    sql = "select count(*) from profile_invitations where profile_id = $1 and expires_at > now()"
    return await conn.value(int, sql, profile_id) or 0


async def delete_same(tx: Tx, new: NewProfileInvitation) -> None:
    """Delete the former invitation of the same member or address."""
    sql = """
        delete from profile_invitations
         where profile_id = $1 and (user_id = $2 or email_key = $3)
    """
    key = new.email and normalize_identifier(new.email)
    await tx.run(sql, new.profile_id, new.user_id, key)


async def insert_invitation(
    tx: Tx, invitation_id: ProfileInvitationId, new: NewProfileInvitation, lifetime: timedelta
) -> None:
    sql = """
        insert into profile_invitations (id, profile_id, invited_by, user_id, email, role,
                                         expires_at)
             values (:id, :profile_id, :invited_by, :user_id, :email, :role,
                     now() + :lifetime::interval)
    """
    await tx.run(*bind(sql, new, id=invitation_id, lifetime=lifetime))


async def get_invitation(conn: Conn, invitation_id: ProfileInvitationId) -> ProfileInvitation:
    return await conn.one(ProfileInvitation, f"{_INVITATION} where i.id = $1", invitation_id)


async def list_invitations(conn: Conn, profile_id: ProfileId) -> list[ProfileInvitation]:
    """Return the open invitations to a profile, the latest first."""
    sql = f"""
        {_INVITATION}
         where i.profile_id = $1 and i.expires_at > now()
         order by i.created_at desc, i.id desc
         limit 100
    """
    return await conn.all(ProfileInvitation, sql, profile_id)


async def find_mail(conn: Conn, invitation_id: ProfileInvitationId) -> InvitationMail | None:
    """Return what the mail of an open invitation says."""
    sql = f"""
        select i.email, coalesce(u.display_name, u.username) as profile_name, i.role,
               coalesce(r.language, s.language, 'en') as language
          from profile_invitations i
          join users u on u.id = i.profile_id
          join users s on s.id = i.invited_by
          left join users r on r.email_key = i.email_key
         where i.id = $1 and i.email is not null and i.expires_at > now() and {active("u")}
    """
    return await conn.maybe(InvitationMail, sql, invitation_id)


async def find_received(
    conn: Conn, user_id: UserId, invitation_id: ProfileInvitationId
) -> StoredInvitation | None:
    """Return an open invitation of a member, or of their address.

    Who knows the id of one that was mailed has read the mail, so the address need not be verified.
    """
    sql = f"{_RECEIVED} and i.id = $2 and (i.user_id = r.id or i.email_key = r.email_key)"
    return await conn.maybe(StoredInvitation, sql, user_id, invitation_id)


async def list_received(conn: Conn, user_id: UserId) -> list[StoredInvitation]:
    """Return the open invitations of a member, and of their address if it is verified."""
    sql = f"""
        {_RECEIVED}
           and (i.user_id = r.id
                or (i.email_key = r.email_key and r.email_verified_at is not null))
         order by i.created_at desc, i.id desc
         limit 100
    """
    return await conn.all(StoredInvitation, sql, user_id)


async def delete_invitation(
    tx: Tx, invitation_id: ProfileInvitationId, profile_id: ProfileId
) -> bool:
    """Return False if the profile has no such invitation."""
    sql = "delete from profile_invitations where id = $1 and profile_id = $2"
    return await tx.run(sql, invitation_id, profile_id) == 1


async def delete_sent(tx: Tx, profile_id: ProfileId, user_id: UserId) -> None:
    """Delete the invitations that a member sent, who may do less from now on."""
    sql = "delete from profile_invitations where profile_id = $1 and invited_by = $2"
    await tx.run(sql, profile_id, user_id)


async def delete_of_member(tx: Tx, user_id: UserId) -> None:
    """Delete the invitations of an erased member or page, and of their address."""
    sql = """
        delete from profile_invitations
         where user_id = $1 or invited_by = $1 or profile_id = $1
            or email_key = (select email_key from users where id = $1)
    """
    await tx.run(sql, user_id)


async def delete_expired(tx: Tx) -> None:
    await tx.run("delete from profile_invitations where expires_at <= now()")


async def delete_old_handles(tx: Tx) -> None:
    await tx.run("delete from former_handles where until <= now()")
