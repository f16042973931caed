"""The data of a mail to a member: their membership and address."""

from veza.core.ids import MembershipId
from veza.domains.marketplace.member_mails.models import MailedMembership
from veza.domains.marketplace.memberships.shared_queries import asked_cents
from veza.infra.postgres.database import Conn


async def find_membership(conn: Conn, membership_id: MembershipId) -> MailedMembership | None:
    """Return a membership and its member; None if either or the profile is gone.

    What a page supports, who founded it reads.
    """
    sql = f"""
        select s.id, r.id as member_id, r.email, coalesce(r.language, 'en') as language,
               coalesce(p.display_name, p.username) as profile, s.tier_name,
               coalesce(t.welcome, '') as welcome, s.price_cents, s.currency, s.paid_until,
               s.next_charge_at,
               {asked_cents("s", "t")} as asked_cents
          from memberships s
          join users p on p.id = s.profile_id
          join users u on u.id = s.member_id
          join users r on r.id = case
                   when u.page_kind is null then u.id
                   else (select w.user_id
                           from profile_members w
                          where w.profile_id = u.id and w.role = 'owner'
                          order by w.joined_at, w.user_id
                          limit 1) end
          left join tiers t on t.id = s.tier_id
         where s.id = $1
    """
    return await conn.maybe(MailedMembership, sql, membership_id)
