"""A placeholder has one claim at most; its token is stored as a hash."""

from datetime import timedelta

from veza.core.ids import ProfileId, UserId
from veza.core.visibility import active
from veza.domains.profiles.models.claims import ClaimMail, ProfileClaim, StoredClaim
from veza.infra.postgres.database import Conn, Tx


async def list_managed_labels(conn: Conn, user_id: UserId) -> list[ProfileId]:
    """Return the labels that an account manages, two at most."""
    sql = f"""
        select p.id
          from profile_members m
          join profiles p on p.id = m.profile_id and p.kind = 'label'
          join users u on u.id = p.id
         where m.user_id = $1 and m.role in ('owner', 'manager') and {active("u")}
         order by p.id
         limit 2
    """
    return await conn.column(ProfileId, sql, user_id)


async def find_label(conn: Conn, profile_id: ProfileId) -> ProfileId | None:
    """Return the label that runs a placeholder; None for other pages."""
    sql = "select placeholder_of from profiles where id = $1"
    return await conn.value(ProfileId, sql, profile_id)


async def list_placeholders(conn: Conn, label_id: UserId) -> list[ProfileId]:
    sql = "select id from profiles where placeholder_of = $1 order by id limit 1000"
    return await conn.column(ProfileId, sql, label_id)


async def count_placeholders(conn: Conn, label_id: ProfileId) -> int:
    sql = "select count(*) from profiles where placeholder_of = $1"
    return await conn.value(int, sql, label_id) or 0


async def update_placeholder(tx: Tx, profile_id: ProfileId, label_id: ProfileId | None) -> None:
    """Make a page the placeholder of a label, or one of its members alone."""
    sql = "update profiles set placeholder_of = $2, updated_at = now() where id = $1"
    await tx.run(sql, profile_id, label_id)


async def update_placeholders_left(tx: Tx, label_id: UserId) -> None:
    """Leave the placeholders of a label that is erased to its members."""
    sql = "update profiles set placeholder_of = null where placeholder_of = $1"
    await tx.run(sql, label_id)


async def insert_label_members(tx: Tx, profile_id: ProfileId, label_id: ProfileId) -> None:
    """Give a new placeholder the members of its label, in their roles."""
    sql = """
        insert into profile_members (profile_id, user_id, role, is_shown)
             select $1, user_id, role, false
               from profile_members
              where profile_id = $2 and role <> 'finance'
              order by user_id
    """
    await tx.run(sql, profile_id, label_id)


async def upsert_claim(tx: Tx, profile_id: ProfileId, email: str, lifetime: timedelta) -> None:
    """Store a claim in place of a former one, whose link ends."""
    sql = """
        insert into profile_claims (profile_id, email, expires_at)
             values ($1, $2, now() + $3::interval)
        on conflict (profile_id) do update
                set email = excluded.email, token_hash = null, created_at = now(),
                    expires_at = excluded.expires_at
    """
    await tx.run(sql, profile_id, email, lifetime)


async def update_token(tx: Tx, profile_id: ProfileId, email: str, token_hash: bytes) -> bool:
    """Store the hash of a new token; False if the claim is gone, or for another address now."""
    sql = """
        update profile_claims
           set token_hash = $3
         where profile_id = $1 and email = $2 and expires_at > now()
    """
    return await tx.run(sql, profile_id, email, token_hash) == 1


async def find_claim(conn: Conn, profile_id: ProfileId) -> ProfileClaim | None:
    """Return the open claim of a page."""
    sql = """
        select profile_id, email, created_at, expires_at
          from profile_claims
         where profile_id = $1 and expires_at > now()
    """
    return await conn.maybe(ProfileClaim, sql, profile_id)


async def find_mail(conn: Conn, profile_id: ProfileId) -> ClaimMail | None:
    """Return what the mail of an open claim says."""
    sql = f"""
        select c.email, coalesce(u.display_name, u.username) as profile_name,
               coalesce(l.display_name, l.username) as label_name,
               coalesce(r.language,
                        (select o.language
                           from profile_members m
                           join users o on o.id = m.user_id
                          where m.profile_id = l.id and m.role = 'owner'
                          order by m.joined_at
                          limit 1),
                        'en') as language
          from profile_claims c
          join profiles p on p.id = c.profile_id
          join users u on u.id = p.id
          join users l on l.id = p.placeholder_of
          left join users r on r.email_key = c.email_key
         where c.profile_id = $1 and c.expires_at > now() and {active("u")} and {active("l")}
    """
    return await conn.maybe(ClaimMail, sql, profile_id)


async def find_open(conn: Conn, token_hash: bytes) -> StoredClaim | None:
    """Return the open claim with a token, unless the page or its label is suspended."""
    sql = f"""
        select c.profile_id, p.placeholder_of as label_id, c.expires_at
          from profile_claims c
          join profiles p on p.id = c.profile_id
          join users u on u.id = p.id
          join users l on l.id = p.placeholder_of
         where c.token_hash = $1 and c.expires_at > now() and {active("u")} and {active("l")}
    """
    return await conn.maybe(StoredClaim, sql, token_hash)


async def delete_claim(tx: Tx, profile_id: ProfileId) -> bool:
    """Return False if the page has no claim."""
    return await tx.run("delete from profile_claims where profile_id = $1", profile_id) == 1


async def delete_of_address(tx: Tx, user_id: UserId) -> None:
    """Delete the claims that were mailed to the address of an erased member."""
    sql = """
        delete from profile_claims
         where email_key = (select email_key from users where id = $1 and page_kind is null)
    """
    await tx.run(sql, user_id)


async def delete_expired(tx: Tx) -> None:
    await tx.run("delete from profile_claims where expires_at <= now()")
