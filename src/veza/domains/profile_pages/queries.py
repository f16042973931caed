"""Everything is read by indexes of its owner, and bounded."""

from veza.core.ids import ProfileId, UserId
from veza.core.pages import Cursor
from veza.core.people import appearance, person_columns
from veza.core.visibility import (
    active,
    blocked,
    has_tier,
    listed_release,
    public,
    published_track,
    seen_post,
    shared,
)
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.profile_pages.models import KnownFollower, PageSummary, StoredLabelRelease
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

MAX_CONTENTS = 1000
MAX_KNOWN = 100
SHOWN_KNOWN = 3
# Of a viewer, the newest follows that are read.
_MAX_FOLLOWED = 1000
_MAX_COMPARED = 100
# Of a release `r` and a label `l`.
_MADE_WITH_LABEL = """
    (lower(r.label) in (l.username_key, lower(l.display_name))
     or exists (select from splits s
                  join split_parts p on p.split_id = s.id and p.party_id = l.id
                 where s.release_id = r.id and s.status = 'accepted'))
"""
_PRODUCT = """
    (select jsonb_build_object('id', p.id, 'status', p.status, 'price_cents', p.price_cents,
                               'currency', p.currency)
       from products p
      where p.release_id = r.id and p.status <> 'withdrawn'
      order by p.status = 'published' desc, p.created_at desc, p.id desc
      limit 1)
"""


async def summarize(
    conn: Conn, profile_id: ProfileId, viewer_id: UserId | None, *, is_own: bool
) -> PageSummary:
    """Count what lists show of a profile; its owner sees all of their releases and tracks."""
    releases = "true" if is_own else listed_release("r")
    tracks = "true" if is_own else published_track("t")
    posts = "true" if is_own else seen_post("p", "$2")
    pinned = "true" if is_own else shared("r")
    appearances = _credited("c.role = 'artist' and o.id <> $1")
    others = _credited("c.role <> 'artist'")
    sql = f"""
        select {_count(f"releases r where r.owner_id = $1 and {releases}")} as releases,
               {_count(f"tracks t where t.owner_id = $1 and {tracks}")} as tracks,
               {_count("products p where p.seller_id = $1 and p.status = 'published'")} as products,
               {_count(f"posts p where p.author_id = $1 and {posts}")} as posts,
               {_count(f"playlists p where p.owner_id = $1 and {public('p')}")} as playlists,
               {_count(f"shows s where s.owner_id = $1 and {public('s')}")} as shows,
               {_count(f"({appearances}) c")} as appearances,
               {_count(f"({others}) c")} as credits,
               exists (select from tip_jars j where j.profile_id = $1 and j.is_open) as takes_tips,
               exists (select from tiers t where t.profile_id = $1 and t.is_open) as takes_members,
               {has_tier("$2", "$1")} as is_member,
               (select r.id from releases r where r.id = f.pinned_release_id and {pinned})
                   as pinned_release_id,
               case when f.avatar_id is null then (
                   select m.peaks
                     from tracks t
                     join track_media m on m.track_id = t.id
                    where t.owner_id = $1 and {published_track("t")} and m.peaks is not null
                    order by t.created_at, t.id
                    limit 1
               ) end as peaks
          from profiles f
         where f.id = $1
    """
    return await conn.one(PageSummary, sql, profile_id, viewer_id)


async def list_known_followers(
    conn: Conn, profile_id: ProfileId, viewer_id: UserId
) -> list[KnownFollower]:
    """Return the first of a profile's followers whom the viewer follows, newest follow first."""
    sql = f"""
        with known as materialized (
            select mine.followed_id, mine.followed_at
              from (select followed_id, followed_at
                      from follows
                     where follower_id = $2
                     order by followed_at desc, followed_id desc
                     limit {_MAX_FOLLOWED:d}) mine
              join follows theirs on theirs.follower_id = mine.followed_id
                                 and theirs.followed_id = $1
             limit {MAX_KNOWN:d}
        )
        select {person_columns("u")}, count(*) over () as total
          from known k
          join users u on u.id = k.followed_id
         where {active("u")} and not {blocked("$2", "u.id")}
         order by k.followed_at desc, u.id
         limit {SHOWN_KNOWN:d}
    """
    return await conn.all(KnownFollower, sql, profile_id, viewer_id)


async def list_followed(conn: Conn, viewer_id: UserId) -> list[NamedMember]:
    """Return the members whom a viewer follows, newest first, as many as names are compared."""
    sql = f"""
        select {person_columns("u")}
          from follows f
          join users u on u.id = f.followed_id
         where f.follower_id = $1 and {active("u")}
         order by f.followed_at desc, f.followed_id desc
         limit {_MAX_COMPARED:d}
    """
    return await conn.all(NamedMember, sql, viewer_id)


async def list_label_releases(
    conn: Conn, label_id: ProfileId, *, limit: int, cursor: Cursor | None
) -> list[StoredLabelRelease]:
    """Return the releases that a label sees, newest first: up to the limit plus 1.

    Of each artist a page is read, in the order of the index.
    """
    where = Where("true")
    label = where.bind(label_id)
    where.add_cursor("r.listed_at, r.id", cursor)
    sql = f"""
        with signed as (
            {_signed(where, label, limit)}
        ), agreed as (
            {_agreed(where, label, limit)}
        ), page as materialized (
            select id
              from (select id, listed_at from signed
                     union
                    select id, listed_at from agreed) found
             order by listed_at desc, id desc
             limit {limit + 1:d}
        )
        select r.id, r.title, r.artist_name, r.kind, r.label, r.catalogue_number, r.release_date,
               r.visibility, r.publish_at, r.published_at, r.tracks_count, r.listed_at, r.owner_id,
               u.username, {appearance("u")} as appearance, {_PRODUCT} as product
          from page
          join releases r on r.id = page.id
          join users u on u.id = r.owner_id
         order by r.listed_at desc, r.id desc
    """
    return await conn.all(StoredLabelRelease, sql, *where.values)


def _signed(where: Where, label: str, limit: int) -> str:
    """Return a select of the releases of the artists on a label's roster.

    Of an artist with the scope `releases` those that name the label, or are split with it.
    """
    return f"""
        select found.id, found.listed_at
          from roster_entries e
          join users l on l.id = e.label_id
          join users u on u.id = e.profile_id
         cross join lateral (
                select r.id, r.listed_at
                  from releases r
                {where.sql}
                   and r.owner_id = e.profile_id
                   and (e.scope = 'all' or {_MADE_WITH_LABEL})
                 order by r.listed_at desc, r.id desc
                 limit {limit + 1:d}) found
         where e.label_id = {label} and e.accepted_at is not null
           and {active("u")} and not {blocked("e.label_id", "u.id")}
    """


def _agreed(where: Where, label: str, limit: int) -> str:
    """Return a select of the releases of others that are split with a label."""
    return f"""
        select r.id, r.listed_at
          from split_parts p
          join splits s on s.id = p.split_id and s.status = 'accepted'
          join releases r on r.id = s.release_id
          join users u on u.id = r.owner_id
        {where.sql}
           and p.party_id = {label} and r.owner_id <> {label}
           and {active("u")} and not {blocked(label, "u.id")}
         order by r.listed_at desc, r.id desc
         limit {limit + 1:d}
    """


def _credited(condition: str) -> str:
    """Return a select of the confirmed credits of a profile on what lists show to everybody.

    The condition is one of our statements, never what somebody sent.
    """
    return f"""
        select from track_credits c
               join tracks t on t.id = c.track_id
               join users o on o.id = t.owner_id
         where c.user_id = $1 and c.state = 'confirmed' and {condition}
           and {published_track("t")} and {active("o")}
         union all
        select from release_credits c
               join releases r on r.id = c.release_id
               join users o on o.id = r.owner_id
         where c.user_id = $1 and c.state = 'confirmed' and {condition}
           and {listed_release("r")} and {active("o")}
    """


def _count(rows: str) -> str:
    """Return an expression that counts rows up to a bound."""
    return f"(select count(*) from (select from {rows} limit {MAX_CONTENTS:d}) counted)"
