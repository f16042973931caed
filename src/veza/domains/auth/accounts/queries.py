"""Suspensions and changes of roles lock the member and all admins: the last admin stays."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET

from veza.core.access import Role
from veza.core.ids import UserId
from veza.core.normalize import normalize_identifier
from veza.core.people import person_columns
from veza.core.visibility import active, suspended
from veza.domains.auth.accounts.models import (
    AccountChange,
    AdminUser,
    StoredUser,
    UserAccount,
    UserEvidence,
    UserQuery,
    UserStatus,
)
from veza.domains.auth.accounts.shared_queries import choose_bio
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where, escape_like

_SELECT_USER = "select id, username, email, role, password_hash, has_password from users"
_ADMIN_COLUMNS = f"""
    {person_columns("users")}, coalesce(page_kind, 'person') as kind, email, role, bio, created_at,
    email_verified_at, creator_requested_at, suspended_at, suspension_reason, approval
"""


async def insert_user(tx: Tx, user: StoredUser) -> None:
    """Raises Violation if the name or the address is taken."""
    sql = """
        insert into users (id, username, email, password_hash, has_password, role, language)
             values (:id, :username, :email, :password_hash, :has_password, :role, :language)
    """
    await tx.run(*bind(sql, user))


async def insert_page(tx: Tx, page_id: UserId, handle: str, kind: str) -> None:
    """Insert the row of a page, to which nobody can sign in. Raises Violation if the name is taken.

    Its address is of a reserved domain, and no mail is ever sent there.
    """
    sql = """
        insert into users (id, username, email, password_hash, has_password, role, page_kind)
             values ($1, $2, $3, '*', false, 'creator', $4)
    """
    await tx.run(sql, page_id, handle, f"{page_id}@pages.invalid", kind)


async def find_user_by_email(conn: Conn, email: str) -> StoredUser | None:
    sql = f"{_SELECT_USER} where email_key = $1 and page_kind is null"
    return await conn.maybe(StoredUser, sql, normalize_identifier(email))


async def find_user(conn: Conn, user_id: UserId) -> StoredUser | None:
    sql = f"{_SELECT_USER} where id = $1 and page_kind is null"
    return await conn.maybe(StoredUser, sql, user_id)


async def is_page(conn: Conn, user_id: UserId) -> bool:
    """Return whether an id is that of an artist, a band or a label."""
    sql = "select page_kind is not null from users where id = $1"
    return bool(await conn.value(bool, sql, user_id))


async def find_role(conn: Conn, user_id: UserId) -> Role | None:
    """Return the role of a member who isn't suspended."""
    sql = f"select role from users where id = $1 and {active()}"
    return await conn.value(Role, sql, user_id)


async def find_account(conn: Conn, user_id: UserId) -> UserAccount | None:
    sql = f"""
        select {person_columns("users")}, role, coalesce(owner_bio, bio) as bio, do_not_sell,
               explicit, ai, language,
               case when page_kind is null then email else '' end as email,
               email_verified_at is not null as email_verified,
               not has_password as confirms_by_sign_in, created_at
          from users
         where id = $1
    """
    return await conn.maybe(UserAccount, sql, user_id)


async def find_any_user_id(conn: Conn, username: str) -> UserId | None:
    sql = "select id from users where username_key = $1"
    return await conn.value(UserId, sql, normalize_identifier(username))


async def lock_suspension(tx: Tx, user_id: UserId) -> bool | None:
    """Return whether a member is suspended, locked; None if there is no such member."""
    sql = f"select {suspended()} from users where id = $1 for share"
    return await tx.value(bool, sql, user_id)


async def lock_user(tx: Tx, user_id: UserId) -> bool:
    """Keep a member from being erased meanwhile; False if they are gone."""
    sql = "select true from users where id = $1 for key share"
    return bool(await tx.value(bool, sql, user_id))


async def count_admins(conn: Conn) -> int:
    return await conn.value(int, "select count(*) from users where role = 'admin'") or 0


async def list_admins(conn: Conn) -> list[UserId]:
    """Return the active admins."""
    sql = f"select id from users where role = 'admin' and {active()} order by id"
    return [UserId(found) for found in await conn.column(UUID, sql)]


async def update_profile(
    tx: Tx, user_id: UserId, *, username: str | None, email: str | None, bio: str | None
) -> bool:
    """Update the values that are not None; return whether the biography is taken down.

    A new address is not verified. Raises Violation if name or address are taken.
    """
    sql = f"""
        update users
           set username = coalesce($2, username),
               email = coalesce($3, email),
               email_verified_at = case when coalesce($3, email) = email
                                        then email_verified_at end,
               {choose_bio("coalesce($4, owner_bio, bio)")},
               updated_at = now()
         where id = $1
     returning owner_bio is not null
    """
    return bool(await tx.value(bool, sql, user_id, username, email, bio))


async def update_choices(tx: Tx, user_id: UserId, change: AccountChange) -> None:
    """Update the choices that are set; None is that of the site."""
    given = {"explicit": change.explicit, "ai": change.ai, "language": change.language}
    values = {name: value for name, value in given.items() if value is not UNSET}
    for name, value in values.items():
        sql = f"update users set {name} = $2, updated_at = now() where id = $1"
        await tx.run(sql, user_id, value)


async def update_username(tx: Tx, user_id: UserId, username: str) -> None:
    """Raises Violation if the name is taken."""
    sql = "update users set username = $2, updated_at = now() where id = $1"
    await tx.run(sql, user_id, username)


async def update_do_not_sell(tx: Tx, user_id: UserId, *, do_not_sell: bool) -> bool:
    """Return False if there is no such account."""
    sql = "update users set do_not_sell = $2, updated_at = now() where id = $1"
    return await tx.run(sql, user_id, do_not_sell) == 1


async def update_password(tx: Tx, user_id: UserId, password_hash: str) -> None:
    sql = """
        update users
           set password_hash = $2, has_password = true, updated_at = now()
         where id = $1
    """
    await tx.run(sql, user_id, password_hash)


async def update_role(tx: Tx, user_id: UserId, role: Role) -> None:
    sql = """
        update users
           set role = $2, creator_requested_at = null, updated_at = now()
         where id = $1
    """
    await tx.run(sql, user_id, role)


async def update_creator_request(tx: Tx, user_id: UserId) -> None:
    sql = """
        update users
           set creator_requested_at = coalesce(creator_requested_at, now())
         where id = $1
    """
    await tx.run(sql, user_id)


async def lock_account_status(tx: Tx, user_id: UserId, password_hash: str) -> UserStatus | None:
    """Return None if the password was changed meanwhile.

    A concurrent suspension or password change waits until the new session is stored.
    """
    sql = """
        select id, role, suspension_reason, approval
          from users
         where id = $1 and password_hash = $2
           for share
    """
    return await tx.maybe(UserStatus, sql, user_id, password_hash)


async def find_suspension(conn: Conn, user_id: UserId, moment: datetime) -> str | None:
    """Return the reason of a suspension that began at a moment, and has not been lifted."""
    sql = "select suspension_reason from users where id = $1 and suspended_at = $2"
    return await conn.value(str, sql, user_id, moment)


async def lock_with_admins(tx: Tx, user_id: UserId) -> list[UserStatus]:
    """Return and lock a member and all active admins, in the order of their ids."""
    sql = f"""
        select id, role, suspension_reason, approval
          from users
         where id = $1 or (role = 'admin' and {active()})
         order by id
           for no key update
    """
    return await tx.all(UserStatus, sql, user_id)


async def update_suspended(tx: Tx, user_id: UserId, reason: str) -> None:
    sql = """
        update users
           set suspended_at = now(), suspension_reason = $2, hidden_with_owners = false,
               updated_at = now()
         where id = $1
    """
    await tx.run(sql, user_id, reason)


async def is_hidden_with_owners(conn: Conn, user_id: UserId) -> bool:
    """Return whether a page is suspended for no other reason than that its owners are."""
    sql = "select hidden_with_owners from users where id = $1"
    return bool(await conn.value(bool, sql, user_id))


async def update_hidden_with_owners(tx: Tx, page_id: UserId, reason: str) -> bool:
    """Hide a page whose owners are suspended; False if it is suspended already."""
    sql = f"""
        update users
           set suspended_at = now(), suspension_reason = $2, hidden_with_owners = true,
               updated_at = now()
         where id = $1 and page_kind is not null and {active()}
    """
    return await tx.run(sql, page_id, reason) == 1


async def update_shown_with_owners(tx: Tx, page_id: UserId) -> bool:
    """Show a page that was hidden with its owners; False if it was not."""
    sql = """
        update users
           set suspended_at = null, suspension_reason = null, hidden_with_owners = false,
               updated_at = now()
         where id = $1 and hidden_with_owners
    """
    return await tx.run(sql, page_id) == 1


async def update_suspension_lifted(tx: Tx, user_id: UserId) -> bool:
    """Return False if there is no such member, or they aren't suspended, or not approved yet."""
    sql = f"""
        update users
           set suspended_at = null, suspension_reason = null, hidden_with_owners = false,
               updated_at = now()
         where id = $1 and {suspended()} and approval is null
    """
    return await tx.run(sql, user_id) == 1


async def find_admin_user(conn: Conn, user_id: UserId) -> AdminUser | None:
    sql = f"select {_ADMIN_COLUMNS} from users where id = $1"
    return await conn.maybe(AdminUser, sql, user_id)


async def list_users(conn: Conn, query: UserQuery) -> list[AdminUser]:
    """Return members, newest first: up to the limit plus 1."""
    where = Where()
    if query.text is not None:
        pattern = where.bind(f"%{escape_like(normalize_identifier(query.text))}%")
        where.add(f"(username_key like {pattern} or email_key like {pattern})")
    if query.role is not None:
        where.add("role = {}", query.role)
    if query.suspended is not None:
        where.add(f"suspended_at is {'not ' if query.suspended else ''}null")
    if query.creator_requested is not None:
        where.add(f"creator_requested_at is {'not ' if query.creator_requested else ''}null")
    if query.cursor is not None:
        where.add("(created_at, id) < ({}, {})", query.cursor.created_at, query.cursor.id)
    sql = f"""
        select {_ADMIN_COLUMNS}
          from users
        {where.sql}
         order by created_at desc, id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(AdminUser, sql, *where.values)


async def find_evidence(conn: Conn, user_id: UserId) -> UserEvidence | None:
    sql = f"""
        select id as author_id, username, coalesce(display_name, username) as display_name, bio
          from users
         where id = $1 and {active()}
    """
    return await conn.maybe(UserEvidence, sql, user_id)


async def count_users(conn: Conn) -> dict[str, int]:
    sql = f"""
        select count(*) filter (where page_kind is null) as total,
               count(*) filter (where page_kind is null and {suspended()}) as suspended,
               count(*) filter (where creator_requested_at is not null) as waiting_for_approval,
               count(page_kind) as pages
          from users
    """
    return await conn.counts(sql)


async def delete_user(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from users where id = $1", user_id)
