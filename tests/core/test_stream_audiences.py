"""The conditions of streams admit whom they should, for all audiences and all kinds of people."""

from itertools import product
from uuid import UUID

import msgspec

from veza.core.ids import new_id
from veza.core.stream_audiences import (
    StreamAudience,
    in_audience,
    is_stream_open,
    listed_stream,
    open_stream,
)
from veza.infra.postgres.database import Tx

OWNER = new_id()
LOW, HIGH, PRODUCT = new_id(), new_id(), new_id()
PEOPLE = {
    name: new_id()
    for name in (
        *("stranger", "follower", "low", "high", "former", "buyer", "named", "unlocked"),
        *("outdated", "late", "blocking", "blocked", "suspended"),
    )
}
# Those who are blocked or suspended have everything that could admit them.
_ALL = ("blocking", "blocked", "suspended")
_MEMBERS = {StreamAudience.MEMBERS: "high", StreamAudience.FOLLOWERS: "follower"}
_ADMITTED = _MEMBERS | {
    StreamAudience.BUYERS: "buyer",
    StreamAudience.NAMED: "named",
    StreamAudience.PASSWORD: "unlocked",
}


class Row(msgspec.Struct, frozen=True):
    """A stream in one of its states."""

    number: int
    audience: StreamAudience
    is_complete: bool

    @property
    def id(self) -> UUID:
        return UUID(int=self.number + 1)


STREAMS = [
    Row(number, *state) for number, state in enumerate(product(StreamAudience, [True, False]))
]
# Tables with the names of the real ones, and only what decides.
_TABLES = """
    with users (id, suspended_at) as (
        select id, case when id = $3 then now() end from unnest($1::uuid[]) as m (id)
    ), blocks (blocker_id, blocked_id) as (
        values ($4::uuid, $2::uuid), ($2::uuid, $5::uuid)
    ), follows (follower_id, followed_id) as (
        select id, $2::uuid from unnest($6::uuid[] || $7::uuid) as m (id)
    ), tiers (id, profile_id, position) as (
        values ($8::uuid, $2::uuid, 1), ($9::uuid, $2::uuid, 2)
    ), memberships (member_id, profile_id, tier_id, access_until) as (
        values ($10::uuid, $2::uuid, $8::uuid, now() + interval '1 day'),
               ($11::uuid, $2::uuid, $9::uuid, now() + interval '1 day'),
               ($12::uuid, $2::uuid, $9::uuid, now())
        union all
        select id, $2, $9, now() + interval '1 day' from unnest($6) as m (id)
    ), licences (buyer_id, product_id) as (
        select id, $13::uuid from unnest($6 || $14::uuid) as m (id)
    ), streams as (
        select (r.j->>'id')::uuid as id, $2::uuid as owner_id, r.j->>'audience' as audience,
               3 as password_version,
               case when (r.j->>'is_complete')::boolean then $9::uuid end as tier_id,
               case when (r.j->>'is_complete')::boolean then $13::uuid end as product_id
          from jsonb_array_elements($15) as r (j)
    ), stream_guests (stream_id, user_id, password_version, expires_at, is_named) as (
        select s.id, g.user_id, g.version, g.until, g.version is null
          from streams s,
               (values ($16::uuid, null::integer, null::timestamptz),
                       ($17::uuid, 3, now() + interval '1 hour'),
                       ($18::uuid, 2, now() + interval '1 hour'),
                       ($19::uuid, 3, now())) as g (user_id, version, until)
        union all
        select s.id, m.id, case when s.audience = 'password' then 3 end, now() + interval '1 hour',
               s.audience <> 'password'
          from streams s, unnest($6) as m (id)
    )
"""


async def select(tx: Tx, condition: str) -> set[tuple[str | None, UUID]]:
    """Return the people and streams, visitors included, for which a condition is true."""
    values = (
        *([*PEOPLE.values(), OWNER], OWNER, PEOPLE["suspended"]),
        *(PEOPLE["blocking"], PEOPLE["blocked"], [PEOPLE[name] for name in _ALL]),
        *(PEOPLE["follower"], LOW, HIGH, PEOPLE["low"], PEOPLE["high"], PEOPLE["former"]),
        *(PRODUCT, PEOPLE["buyer"]),
        [{"id": str(s.id), "audience": s.audience, "is_complete": s.is_complete} for s in STREAMS],
        *(PEOPLE[name] for name in ("named", "unlocked", "outdated", "late")),
    )
    sql = f"""
        {_TABLES}
        select coalesce(v.id::text, '') || ' ' || s.id
          from streams s, (select id from users union all select null) v
         where {condition}
    """
    found = [each.split(" ") for each in await tx.column(str, sql, *values)]
    names = {str(user_id): name for name, user_id in PEOPLE.items()} | {str(OWNER): "owner"}
    return {(names.get(viewer), UUID(stream)) for viewer, stream in found}


def _expected(*, is_list: bool) -> set[tuple[str | None, UUID]]:
    everybody = {*PEOPLE, None, "owner"}
    found = set[tuple[str | None, UUID]]()
    for stream in STREAMS:
        needs_more = stream.audience in {StreamAudience.MEMBERS, StreamAudience.BUYERS}
        if is_stream_open(stream.audience):
            viewers = everybody
        elif needs_more and not stream.is_complete:
            viewers = set()
        else:
            viewers = {_ADMITTED[stream.audience]}
        if is_list:
            by_address = {StreamAudience.UNLISTED, StreamAudience.PASSWORD}
            viewers = set() if stream.audience in by_address else {*viewers, "owner"}
        found |= {(viewer, stream.id) for viewer in viewers}
    return found


async def test_each_audience_admits_its_people_and_nobody_else(tx):
    assert await select(tx, in_audience("s", "v.id")) == _expected(is_list=False)
    assert await select(tx, listed_stream("s", "v.id")) == _expected(is_list=True)
    opened = {stream for _, stream in await select(tx, open_stream("s"))}
    assert opened == {each.id for each in STREAMS if is_stream_open(each.audience)}
