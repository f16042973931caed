"""Recipients are collected once, claimed by one process at a time, and marked.

Each has the hash of the address, so that nobody gets a broadcast twice who is in it twice.
"""

from datetime import timedelta

from veza.core.ids import BroadcastId, BroadcastRecipientId, UserId
from veza.core.visibility import active, blocked, has_tier, muted
from veza.domains.mailings.broadcasts.models import (
    Audience,
    ClaimedRecipient,
    Collected,
    MarkedRecipient,
    ReceivedBroadcast,
    ReportedRecipient,
    SentBroadcast,
)
from veza.domains.platform.suppressions.rules import hash_key
from veza.infra.postgres.database import Conn, Tx

_HASH = hash_key("u.email_key")
_BOUGHT = """(exists (
            select from order_items i
              join orders o on o.id = i.order_id
             where i.seller_id = $2 and o.buyer_id = l.user_id and o.paid_at is not null)
         or exists (
            select from guest_orders g
              join orders o on o.id = g.order_id
              join order_items i on i.order_id = g.order_id
             where i.seller_id = $2 and o.paid_at is not null
               and g.email_key = l.email_key))
"""


_WANTED = """(exists (
            select from follows f where f.followed_id = $2 and f.follower_id = u.id)
         or exists (
            select from mail_subscriptions s
             where s.profile_id = $2 and s.user_id = u.id and s.status = 'confirmed'))
"""
_WANTED_BY_MEMBERS = has_tier("u.id", "$2", "$3")


def _suppressed(address_hash: str) -> str:
    """Return the condition that an address gets no bulk mail."""
    return f"""exists (
        select from mail_suppressions x
         where x.address_hash = {address_hash} and x.cause is not null)
    """


def _reachable(profile: str) -> str:
    """Return the condition that a member `u` gets mail of a profile, if they follow or chose it.

    Who switched off mails about new releases has chosen no mail of those they follow.
    """
    return f"""u.page_kind is null and u.email_verified_at is not null and {active("u")}
           and not {blocked(profile, "u.id")} and not {muted("u.id", profile)}
           and not {_suppressed(_HASH)}
           and not exists (select from mail_subscriptions e
                            where e.profile_id = {profile} and e.user_id = u.id
                              and e.status = 'ended')
           and not exists (select from notification_preferences n
                            where n.user_id = u.id and 'release_published' = any(n.not_mailed))
    """


async def collect_followers(tx: Tx, broadcast: SentBroadcast, *, limit: int) -> Collected | None:
    """Add the next followers of a profile who may get mail; None if there are no more followers."""
    sql = f"""
        with looked_at as (
            select f.followed_at, f.follower_id
              from follows f
             where f.followed_id = $2
               and (f.followed_at, f.follower_id)
                   > (coalesce($3::timestamptz, '-infinity'),
                      coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
             order by f.followed_at, f.follower_id
             limit {limit:d}
        ), added as (
            insert into broadcast_recipients (broadcast_id, address_hash, user_id)
                 select $1, {_HASH}, u.id
                   from looked_at l
                   join users u on u.id = l.follower_id
                  where {_reachable("$2")}
            on conflict (broadcast_id, address_hash) do nothing
              returning 1
        )
        select l.followed_at as collected_at, l.follower_id as collected_id,
               (select count(*) from added) as added
          from looked_at l
         order by l.followed_at desc, l.follower_id desc
         limit 1
    """
    return await tx.maybe(
        Collected,
        sql,
        broadcast.id,
        broadcast.profile_id,
        broadcast.collected_at,
        broadcast.collected_id,
    )


async def collect_members(tx: Tx, broadcast: SentBroadcast, *, limit: int) -> Collected | None:
    """Add the next members of the tier who may get mail; None if there are no more memberships."""
    sql = f"""
        with looked_at as (
            select m.id, m.member_id
              from memberships m
             where m.profile_id = $2
               and m.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
             order by m.id
             limit {limit:d}
        ), added as (
            insert into broadcast_recipients (broadcast_id, address_hash, user_id)
                 select distinct $1::uuid, {_HASH}, u.id
                   from looked_at l
                   join users u on u.id = l.member_id
                  where {_reachable("$2")} and {has_tier("u.id", "$2", "$4")}
            on conflict (broadcast_id, address_hash) do nothing
              returning 1
        )
        select null::timestamptz as collected_at, l.id as collected_id,
               (select count(*) from added) as added
          from looked_at l
         order by l.id desc
         limit 1
    """
    place = (broadcast.profile_id, broadcast.collected_id, broadcast.tier_id)
    return await tx.maybe(Collected, sql, broadcast.id, *place)


async def collect_subscriptions(
    tx: Tx, broadcast: SentBroadcast, *, limit: int
) -> Collected | None:
    """Add the next who chose mail of a profile; None if there are no more.

    Of buyers, those who paid for something of it, with an account or with their address.
    """
    sql = f"""
        with looked_at as (
            select s.id, s.user_id, s.address_hash, s.email_key
              from mail_subscriptions s
             where s.profile_id = $2 and s.status = 'confirmed'
               and s.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
             order by s.id
             limit {limit:d}
        ), added as (
            insert into broadcast_recipients (broadcast_id, address_hash, user_id, subscription_id)
                 select $1, coalesce(l.address_hash, {_HASH}), l.user_id,
                        case when l.user_id is null then l.id end
                   from looked_at l
                   left join users u on u.id = l.user_id
                  where case when l.user_id is null then not {_suppressed("l.address_hash")}
                             else {_reachable("$2")} end
                    and {_BOUGHT if broadcast.audience is Audience.BUYERS else "true"}
            on conflict (broadcast_id, address_hash) do nothing
              returning 1
        )
        select null::timestamptz as collected_at, l.id as collected_id,
               (select count(*) from added) as added
          from looked_at l
         order by l.id desc
         limit 1
    """
    return await tx.maybe(
        Collected, sql, broadcast.id, broadcast.profile_id, broadcast.collected_id
    )


async def update_collected(tx: Tx, broadcast_id: BroadcastId, collected: Collected) -> None:
    sql = """
        update broadcasts
           set collected_at = $2, collected_id = $3, recipients_count = recipients_count + $4
         where id = $1
    """
    await tx.run(sql, broadcast_id, collected.collected_at, collected.collected_id, collected.added)


async def update_stage(tx: Tx, broadcast_id: BroadcastId, stage: str | None) -> None:
    sql = """
        update broadcasts
           set stage = $2, collected_at = null, collected_id = null
         where id = $1
    """
    await tx.run(sql, broadcast_id, stage)


async def claim_recipients(
    tx: Tx, broadcast_id: BroadcastId, *, limit: int, lease: timedelta
) -> list[BroadcastRecipientId]:
    """Take recipients that are due, also those of a process that died, for the time of a lease."""
    sql = f"""
        with due as (
            select id
              from broadcast_recipients
             where broadcast_id = $1 and status in ('waiting', 'sending') and due_at <= now()
             order by due_at
             limit {limit:d}
               for update skip locked
        )
        update broadcast_recipients r
           set status = 'sending', due_at = now() + $2::interval,
               attempts = least(r.attempts + 1, 100)
          from due
         where r.id = due.id
     returning r.id
    """
    return await tx.column(BroadcastRecipientId, sql, broadcast_id, lease)


async def list_claimed(
    conn: Conn, broadcast: SentBroadcast, ids: list[BroadcastRecipientId]
) -> list[ClaimedRecipient]:
    """Return recipients with their present addresses, and whether they still want the mail."""
    to_members = broadcast.audience is Audience.MEMBERS
    sql = f"""
        select r.id, r.address_hash, r.user_id, r.subscription_id, r.attempts,
               case when r.user_id is null then (
                   select s.email
                     from mail_subscriptions s
                    where s.id = r.subscription_id and s.status = 'confirmed'
                      and s.address_hash = r.address_hash and not {_suppressed("s.address_hash")}
               ) else (
                   select u.email
                     from users u
                    where u.id = r.user_id and {_HASH} = r.address_hash and {_reachable("$2")}
                      and {_WANTED_BY_MEMBERS if to_members else _WANTED}
               ) end as email,
               exists (select from mail_suppressions x
                        where x.address_hash = r.address_hash and x.cause is null)
               as has_failures
          from broadcast_recipients r
         where r.id = any($1::uuid[])
         order by r.id
         limit {len(ids):d}
    """
    tier = [broadcast.tier_id] if to_members else []
    return await conn.all(ClaimedRecipient, sql, ids, broadcast.profile_id, *tier)


async def update_marked(tx: Tx, broadcast_id: BroadcastId, marked: list[MarkedRecipient]) -> None:
    """Mark recipients that are being sent to, and count them in their broadcast."""
    sql = """
        with marked as (
            update broadcast_recipients r
               set status = m.status, due_at = now() + make_interval(secs => m.pause_s),
                   attempts = greatest(r.attempts - m.taken_back, 0)
              from unnest($2::uuid[], $3::text[], $4::float8[], $5::integer[])
                   as m (id, status, pause_s, taken_back)
             where r.id = m.id and r.broadcast_id = $1 and r.status = 'sending'
         returning r.status
        )
        update broadcasts
           set sent_count = sent_count
                            + (select count(*) from marked m where m.status = 'sent'),
               refused_count = refused_count
                               + (select count(*) from marked m where m.status = 'refused'),
               left_out_count = left_out_count
                                + (select count(*) from marked m where m.status = 'left_out')
         where id = $1
    """
    await tx.run(
        sql,
        broadcast_id,
        [each.id for each in marked],
        [each.status for each in marked],
        [each.pause_s for each in marked],
        [0 if each.counts_attempt else 1 for each in marked],
    )


async def has_open(conn: Conn, broadcast_id: BroadcastId, *, due: bool = False) -> bool:
    """Return whether recipients wait, or are sent to; with `due`, whether they can be claimed."""
    sql = f"""
        select exists (select from broadcast_recipients
                        where broadcast_id = $1 and status in ('waiting', 'sending')
                          {"and due_at <= now()" if due else ""})
    """
    return await conn.value(bool, sql, broadcast_id) or False


async def update_left_out(tx: Tx, broadcast_id: BroadcastId) -> None:
    """Count recipients that were erased meanwhile as left out."""
    sql = """
        update broadcasts
           set left_out_count = recipients_count - sent_count - refused_count
         where id = $1
    """
    await tx.run(sql, broadcast_id)


async def find_reported(conn: Conn, recipient_id: BroadcastRecipientId) -> ReportedRecipient | None:
    """Return the address that a recipient has now."""
    sql = """
        select r.broadcast_id, coalesce(u.email, s.email) as email
          from broadcast_recipients r
          left join users u on u.id = r.user_id
          left join mail_subscriptions s on s.id = r.subscription_id
         where r.id = $1
    """
    return await conn.maybe(ReportedRecipient, sql, recipient_id)


async def update_bounced(tx: Tx, recipient_id: BroadcastRecipientId) -> None:
    """Count a recipient as refused whose server accepted the mail and bounced it later."""
    sql = """
        with bounced as (
            update broadcast_recipients
               set status = 'refused'
             where id = $1 and status = 'sent'
         returning broadcast_id
        )
        update broadcasts b
           set sent_count = b.sent_count - 1, refused_count = b.refused_count + 1
          from bounced
         where b.id = bounced.broadcast_id
    """
    await tx.run(sql, recipient_id)


async def find_test_address(conn: Conn, user_id: UserId) -> str | None:
    """Return the verified address of an account."""
    sql = f"""
        select u.email
          from users u
         where u.id = $1 and u.email_verified_at is not null and {active("u")}
    """
    return await conn.value(str, sql, user_id)


async def list_received(conn: Conn, user_id: UserId) -> list[ReceivedBroadcast]:
    sql = """
        select coalesce(u.display_name, u.username) as sender, b.subject, r.status
          from broadcast_recipients r
          join broadcasts b on b.id = r.broadcast_id
          join users u on u.id = b.profile_id
         where r.user_id = $1
         order by r.id
    """
    return await conn.every(ReceivedBroadcast, sql, user_id)


async def delete_of_member(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from broadcast_recipients where user_id = $1", user_id)


async def delete_of_profile(tx: Tx, profile_id: UserId, *, limit: int) -> int:
    """Delete recipients of a profile's broadcasts; return how many."""
    sql = f"""
        delete from broadcast_recipients
              where id in (select r.id
                             from broadcast_recipients r
                             join broadcasts b on b.id = r.broadcast_id
                            where b.profile_id = $1
                            limit {limit:d})
    """
    return await tx.run(sql, profile_id)


async def delete_old(tx: Tx, older_than: timedelta, *, limit: int) -> int:
    """Delete recipients of broadcasts that were over before; return how many."""
    sql = f"""
        delete from broadcast_recipients
              where id in (select r.id
                             from broadcast_recipients r
                             join broadcasts b on b.id = r.broadcast_id
                            where b.ended_at < now() - $1::interval
                            limit {limit:d})
    """
    return await tx.run(sql, older_than)
