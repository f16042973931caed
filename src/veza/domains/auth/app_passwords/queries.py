"""App passwords of suspended members are not found; a use is stored once a minute."""

from uuid import UUID

from veza.core.ids import AppPasswordId, UserId
from veza.core.normalize import normalize_identifier
from veza.core.visibility import active
from veza.domains.auth.app_passwords.models import (
    AppPassword,
    AppPasswordOwner,
    NewAppPassword,
    StoredAppPassword,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_COLUMNS = "id, name, profile_id, created_at, last_used_at"

_OWNER = """
    p.id as password_id, p.user_id, n.username, u.role, p.profile_id, m.role as profile_role,
    coalesce(p.last_used_at < now() - interval '1 minute', true) as is_use_due
"""
# Of one that is limited to a profile, only while its member has a role there and it is active.
_VALID = f"""
          app_passwords p
          join users u on u.id = p.user_id
          join users n on n.id = coalesce(p.profile_id, p.user_id)
          left join profile_members m on m.profile_id = p.profile_id and m.user_id = p.user_id
         where {active("u")} and {active("n")} and (p.profile_id is null or m.role is not null)
"""

# The statements of `infra.security.sealed_secrets`.
FIND_OUTDATED = """
    select id as row_id, sealed, sealed_with
      from app_passwords
     where sealed_with <> $1 and id > $2
     order by id
     limit 100
       for no key update
"""
UPDATE_SEAL = "update app_passwords set sealed = $2, sealed_with = $3 where id = $1"


async def lock_owner(tx: Tx, user_id: UserId) -> bool:
    """Lock a member while an app password is created; False if the member is gone."""
    sql = "select id from users where id = $1 for no key update"
    return await tx.value(UUID, sql, user_id) is not None


async def count_passwords(conn: Conn, user_id: UserId) -> int:
    sql = "select count(*) from app_passwords where user_id = $1"
    return await conn.value(int, sql, user_id) or 0


async def insert_password(tx: Tx, new: NewAppPassword) -> AppPassword:
    sql = f"""
        insert into app_passwords (
                    id, user_id, name, password_hash, sealed, sealed_with, profile_id)
             values (:id, :user_id, :name, :password_hash, :sealed, :sealed_with, :profile_id)
          returning {_COLUMNS}
    """
    return await tx.one(AppPassword, *bind(sql, new))


async def list_passwords(conn: Conn, user_id: UserId) -> list[AppPassword]:
    """Return the newest first; there are at most 25."""
    sql = f"""
        select {_COLUMNS}
          from app_passwords
         where user_id = $1
         order by created_at desc, id desc
    """
    return await conn.all(AppPassword, sql, user_id)


async def find_owner(conn: Conn, password_hash: bytes) -> AppPasswordOwner | None:
    """Return the owner of an app password, unless they or its profile are suspended."""
    sql = f"select {_OWNER} from {_VALID} and p.password_hash = $1"
    return await conn.maybe(AppPasswordOwner, sql, password_hash)


async def list_sealed(conn: Conn, username: str) -> list[StoredAppPassword]:
    """Return the app passwords of a member or a profile, the last used first."""
    sql = f"""
        select {_OWNER}, p.sealed, p.sealed_with
          from {_VALID} and n.username_key = $1
         order by p.last_used_at desc nulls last, p.id
    """
    return await conn.all(StoredAppPassword, sql, normalize_identifier(username))


async def update_used(tx: Tx, password_id: AppPasswordId) -> None:
    """Store the use of an app password, at most once a minute. A locked row is skipped."""
    sql = """
        with due as (
            select id
              from app_passwords
             where id = $1 and coalesce(last_used_at < now() - interval '1 minute', true)
               for no key update skip locked
        )
        update app_passwords p
           set last_used_at = now()
          from due
         where p.id = due.id
    """
    await tx.run(sql, password_id)


async def delete_password(tx: Tx, password_id: AppPasswordId, user_id: UserId) -> bool:
    """Delete an app password of a member; False if they have no such password."""
    sql = "delete from app_passwords where id = $1 and user_id = $2"
    return await tx.run(sql, password_id, user_id) == 1
