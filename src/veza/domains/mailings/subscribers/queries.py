"""One row for each member or address at a profile, whatever became of it."""

from datetime import timedelta

from veza.core.ids import MailSubscriptionId, UserId
from veza.core.visibility import active
from veza.domains.mailings.subscribers.models import (
    ExportedSubscriber,
    LockedSubscription,
    MemberConsent,
    NamedSender,
    NewSubscription,
    PersonalSubscription,
    StoredSubscription,
    SubscribedAddress,
    SubscriberCounts,
    SubscriptionStatus,
)
from veza.domains.platform.suppressions.rules import hash_key
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_PENDING = f"""
    select s.id, s.profile_id, s.email, s.source, s.language, s.expires_at,
           coalesce(p.display_name, p.username) as sender
      from mail_subscriptions s
      join users p on p.id = s.profile_id
     where s.status = 'pending' and s.expires_at > now() and {active("p")}
"""


async def upsert_pending(
    tx: Tx, subscription_id: MailSubscriptionId, new: NewSubscription, lifetime: timedelta
) -> MailSubscriptionId | None:
    """Store an address that waits for its confirmation; None if it is confirmed already."""
    sql = """
        insert into mail_subscriptions as s (id, profile_id, email, address_hash, source, status,
                                             language, expires_at)
             values (:id, :profile_id, :email, :address_hash, :source, 'pending', :language,
                     now() + :lifetime::interval)
                 on conflict (profile_id, address_hash) where address_hash is not null do update
                set email = excluded.email, source = excluded.source, status = excluded.status,
                    language = excluded.language, expires_at = excluded.expires_at,
                    mailed_at = null, ended_at = null
              where s.status <> 'confirmed'
          returning id
    """
    return await tx.value(
        MailSubscriptionId, *bind(sql, new, id=subscription_id, lifetime=lifetime)
    )


async def insert_imported(
    tx: Tx, news: list[NewSubscription], ids: list[MailSubscriptionId], lifetime: timedelta
) -> int:
    """Store unconfirmed addresses, unless asked before; return their number."""
    sql = """
        insert into mail_subscriptions (id, profile_id, email, address_hash, source, status,
                                        language, expires_at)
             select n.id, $1, n.email, n.address_hash, 'import', 'pending', $2,
                    now() + $3::interval
               from unnest($4::uuid[], $5::text[], $6::bytea[]) as n (id, email, address_hash)
        on conflict do nothing
    """
    first = news[0]
    emails, hashes = [each.email for each in news], [each.address_hash for each in news]
    return await tx.run(sql, first.profile_id, first.language, lifetime, ids, emails, hashes)


async def count_pending(conn: Conn, profile_id: UserId, *, most: int) -> int:
    """Count the addresses of a profile that wait to be confirmed, up to `most`."""
    sql = f"""
        select count(*)
          from (select from mail_subscriptions
                 where profile_id = $1 and status = 'pending'
                 limit {most:d}) as s
    """
    return await conn.value(int, sql, profile_id) or 0


async def count_subscriptions(conn: Conn, profile_id: UserId) -> SubscriberCounts:
    sql = """
        select (select count(*)
                  from (select from mail_subscriptions
                         where profile_id = $1 and status = 'confirmed'
                         limit 100000) as s) as confirmed,
               (select count(*)
                  from (select from mail_subscriptions
                         where profile_id = $1 and status = 'pending'
                         limit 100000) as s) as pending
    """
    return await conn.one(SubscriberCounts, sql, profile_id)


async def find_pending(
    conn: Conn, subscription_id: MailSubscriptionId
) -> StoredSubscription | None:
    return await conn.maybe(StoredSubscription, f"{_PENDING} and s.id = $1", subscription_id)


async def list_not_asked(conn: Conn, *, limit: int) -> list[StoredSubscription]:
    """Return imported addresses that were not mailed yet, without suppressed ones."""
    sql = f"""
        {_PENDING}
           and s.source = 'import' and s.mailed_at is null
           and not exists (select from mail_suppressions x
                            where x.address_hash = s.address_hash and x.cause is not null)
         order by s.id
         limit {limit:d}
    """
    return await conn.all(StoredSubscription, sql)


async def update_mailed(tx: Tx, subscription_id: MailSubscriptionId) -> None:
    sql = "update mail_subscriptions set mailed_at = now() where id = $1 and status = 'pending'"
    await tx.run(sql, subscription_id)


async def lock_subscription(
    tx: Tx, subscription_id: MailSubscriptionId
) -> LockedSubscription | None:
    """Lock a subscription of an address at a profile that is shown."""
    sql = f"""
        select s.status, s.profile_id, s.expires_at, s.expires_at > now() as is_open
          from mail_subscriptions s
          join users p on p.id = s.profile_id
         where s.id = $1 and s.user_id is null and s.expires_at is not null and {active("p")}
           for no key update of s
    """
    return await tx.maybe(LockedSubscription, sql, subscription_id)


async def update_confirmed(
    tx: Tx, subscription_id: MailSubscriptionId, *, network: str, text_version: int
) -> None:
    sql = """
        update mail_subscriptions
           set status = 'confirmed', confirmed_at = now(), network = $2, text_version = $3
         where id = $1
    """
    await tx.run(sql, subscription_id, network, text_version)


async def find_sender(
    conn: Conn, profile_id: UserId, *, also_suspended: bool = False
) -> NamedSender | None:
    """Return the profile whose mail it is, unless it is suspended."""
    sql = f"""
        select u.id as profile_id, u.username as handle,
               coalesce(u.display_name, u.username) as display_name
          from users u
         where u.id = $1 and {"true" if also_suspended else active("u")}
    """
    return await conn.maybe(NamedSender, sql, profile_id)


async def lock_members(tx: Tx, *user_ids: UserId) -> bool:
    """Keep a profile, and a member, from being erased until the end; False if one is gone."""
    wanted = set(user_ids)
    sql = "select id from users where id = any($1::uuid[]) order by id for key share"
    return set(await tx.column(UserId, sql, list(wanted))) == wanted


async def find_member_status(
    conn: Conn, profile_id: UserId, user_id: UserId
) -> SubscriptionStatus | None:
    sql = "select status from mail_subscriptions where profile_id = $1 and user_id = $2"
    return await conn.value(SubscriptionStatus, sql, profile_id, user_id)


async def upsert_member(
    tx: Tx, subscription_id: MailSubscriptionId, member: MemberConsent, *, network: str
) -> None:
    """Store that a member wants mail of a profile, with the proof."""
    sql = """
        insert into mail_subscriptions as s (id, profile_id, user_id, source, status, confirmed_at,
                                             network, text_version)
             values (:id, :profile_id, :user_id, 'member', 'confirmed', now(), :network,
                     :text_version)
                 on conflict (profile_id, user_id) where user_id is not null do update
                set status = excluded.status, confirmed_at = excluded.confirmed_at,
                    network = excluded.network, text_version = excluded.text_version,
                    ended_at = null
              where s.status <> 'confirmed'
    """
    await tx.run(*bind(sql, member, id=subscription_id, network=network))


async def end_of_member(
    tx: Tx, subscription_id: MailSubscriptionId, profile_id: UserId, user_id: UserId
) -> bool:
    """Store that a member wants no mail of a profile; False if that is so already."""
    sql = """
        insert into mail_subscriptions as s (id, profile_id, user_id, source, status, ended_at)
             select $1, $2, u.id, 'member', 'ended', now()
               from users u
              where u.id = $3 and u.page_kind is null
                 on conflict (profile_id, user_id) where user_id is not null do update
                set status = excluded.status, ended_at = excluded.ended_at
              where s.status <> 'ended'
    """
    return await tx.run(sql, subscription_id, profile_id, user_id) == 1


async def end_of_address(tx: Tx, profile_id: UserId, address_hash: bytes) -> bool:
    """End and forget an address at a profile; False if that is so already."""
    sql = """
        update mail_subscriptions
           set status = 'ended', ended_at = now(), email = null
         where profile_id = $1 and address_hash = $2 and status <> 'ended'
    """
    return await tx.run(sql, profile_id, address_hash) == 1


async def find_address(
    conn: Conn, profile_id: UserId, subscription_id: MailSubscriptionId
) -> SubscribedAddress | None:
    """Return the address of a subscription, with the member who has it, if any."""
    sql = """
        select s.address_hash, u.id as user_id
          from mail_subscriptions s
          left join users u on u.email_key = s.email_key and u.page_kind is null
         where s.id = $2 and s.profile_id = $1 and s.address_hash is not null
    """
    return await conn.maybe(SubscribedAddress, sql, profile_id, subscription_id)


async def find_email(conn: Conn, user_id: UserId) -> str | None:
    """Return the address of an account."""
    sql = "select email from users where id = $1 and page_kind is null"
    return await conn.value(str, sql, user_id)


async def list_subscribers(
    conn: Conn, profile_id: UserId, after: MailSubscriptionId, *, limit: int
) -> list[ExportedSubscriber]:
    """Return confirmed subscribers of a profile, by their ids: without members who can't be mailed.

    A member's address is that of the account.
    """
    sql = f"""
        select s.id, coalesce(s.email, u.email) as email, s.source, s.confirmed_at, s.network,
               s.text_version
          from mail_subscriptions s
          left join users u on u.id = s.user_id
         where s.profile_id = $1 and s.status = 'confirmed' and s.id > $2
           and (s.user_id is null or (u.email_verified_at is not null and {active("u")}))
         order by s.id
         limit {limit:d}
    """
    return await conn.all(ExportedSubscriber, sql, profile_id, after)


async def end_expired(tx: Tx) -> None:
    """Forget addresses that were not confirmed in time, but for the hash."""
    sql = """
        update mail_subscriptions
           set status = 'ended', ended_at = now(), email = null
         where status = 'pending' and expires_at <= now()
    """
    await tx.run(sql)


async def list_of_member(conn: Conn, user_id: UserId) -> list[PersonalSubscription]:
    """Return the subscriptions of a member, and those of the address of the account."""
    sql = f"""
        select p.username as profile, s.source, s.status, s.created_at, s.confirmed_at, s.network,
               s.text_version, s.ended_at
          from mail_subscriptions s
          join users p on p.id = s.profile_id
         where s.user_id = $1
            or s.address_hash = (select {hash_key("u.email_key")} from users u where u.id = $1)
         order by s.id
    """
    return await conn.every(PersonalSubscription, sql, user_id)


async def delete_of_member(tx: Tx, user_id: UserId) -> None:
    """Delete the subscriptions of a member, and those of the address of the account."""
    sql = f"""
        delete from mail_subscriptions s
              where s.user_id = $1
                 or s.address_hash = (select {hash_key("u.email_key")}
                                        from users u
                                       where u.id = $1 and u.page_kind is null)
    """
    await tx.run(sql, user_id)


async def delete_of_profile(tx: Tx, profile_id: UserId) -> None:
    await tx.run("delete from mail_subscriptions where profile_id = $1", profile_id)


async def end_as_other(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """End at a profile what was ended at the page that is merged into it."""
    sql = """
        update mail_subscriptions s
           set status = 'ended', ended_at = coalesce(o.ended_at, now()), email = null
          from mail_subscriptions o
         where s.profile_id = $2 and o.profile_id = $1 and o.status = 'ended'
           and s.status <> 'ended'
           and (s.user_id = o.user_id or s.address_hash = o.address_hash)
    """
    await tx.run(sql, user_id, into_id)


async def update_profile(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the subscriptions of a page to a profile that doesn't have them."""
    sql = """
        update mail_subscriptions s
           set profile_id = $2
         where s.profile_id = $1
           and s.user_id is distinct from $2
           and not exists (select from mail_subscriptions o
                            where o.profile_id = $2
                              and (o.user_id = s.user_id or o.address_hash = s.address_hash))
    """
    await tx.run(sql, user_id, into_id)
