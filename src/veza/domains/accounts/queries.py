"""Every SQL statement of the domain, one function each."""

from uuid import UUID

from veza.core.access import Role
from veza.core.ids import UserId
from veza.domains.accounts.models import Account, NewUser, Profile, StoredUser
from veza.infra.db import Conn, Tx


async def insert_user(tx: Tx, user: NewUser) -> None:
    """Raises Violation where name or address are taken."""
    sql = """
        insert into users (id, username, email, password_hash, role)
             values ($1, $2, $3, $4, $5)
    """
    await tx.run(sql, user.id, user.username, user.email, user.password_hash, user.role)


async def find_user_by_email(conn: Conn, email: str) -> StoredUser | None:
    sql = """
        select id, username, email, role, password_hash
          from users
         where lower(email) = lower($1)
    """
    return await conn.maybe(StoredUser, sql, email)


async def find_user(conn: Conn, user_id: UserId) -> StoredUser | None:
    sql = "select id, username, email, role, password_hash from users where id = $1"
    return await conn.maybe(StoredUser, sql, user_id)


async def find_role(conn: Conn, user_id: UserId) -> Role | None:
    """The role of a member who isn't suspended."""
    sql = "select role from users where id = $1 and suspended_at is null"
    return await conn.value(Role, sql, user_id)


async def find_account(conn: Conn, user_id: UserId) -> Account | None:
    sql = """
        select id, username, email, role, bio, do_not_sell, created_at
          from users
         where id = $1
    """
    return await conn.maybe(Account, sql, user_id)


async def find_profile(conn: Conn, username: str) -> Profile | None:
    sql = """
        select id, username, role, bio, created_at
          from users
         where lower(username) = lower($1)
    """
    return await conn.maybe(Profile, sql, username)


async def find_user_id(conn: Conn, username: str) -> UserId | None:
    sql = "select id from users where lower(username) = lower($1)"
    found = await conn.value(UUID, sql, username)
    return None if found is None else UserId(found)


async def count_admins(conn: Conn) -> int:
    return await conn.value(int, "select count(*) from users where role = 'admin'") or 0


async def update_profile(
    tx: Tx, user_id: UserId, *, username: str | None, email: str | None, bio: str | None
) -> None:
    """Change what is not None. Raises Violation where name or address are taken."""
    sql = """
        update users
           set username = coalesce($2, username),
               email = coalesce($3, email),
               bio = coalesce($4, bio),
               updated_at = now()
         where id = $1
    """
    await tx.run(sql, user_id, username, email, bio)


async def update_password(tx: Tx, user_id: UserId, password_hash: str) -> None:
    sql = "update users set password_hash = $2, updated_at = now() where id = $1"
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


async def delete_user(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from users where id = $1", user_id)
