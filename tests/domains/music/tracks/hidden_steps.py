"""Likes of tracks, for the suite of hidden counters."""

from typing import override

from tests import make
from tests.support.hidden_counters import HiddenCounter
from veza.domains.music.tracks.service import track_likes

# More tracks than a batch holds, all of which a member likes.
MANY_LIKED = """
    with made as (
        insert into tracks (id, owner_id, title, visibility, likes_count)
        select gen_random_uuid(), $1, n::text, 'private', 1 from generate_series(1, 1001) n
        returning id
    )
    insert into track_likes (track_id, user_id) select id, $2 from made
"""
# Tracks whose count differs from the likes of members who are not suspended.
WRONG_COUNTS = """
    select count(*)
      from tracks t
     where t.id = any($1)
       and t.likes_count <> (select count(*) from track_likes l
                               join users u on u.id = l.user_id
                              where l.track_id = t.id and u.suspended_at is null)
"""


class TrackLikes(HiddenCounter):
    per_member = 1
    is_own = True
    many = (0, 1001)

    async def make_thing(self, tx):
        return await make.bare_track(tx, self.owner.member, "A track")

    async def act(self, tx, thing, person):
        await track_likes.like(tx, thing, person.member)

    @override
    async def undo(self, tx, thing, done, person):
        state = await track_likes.unlike(tx, thing, person.member)
        assert (state.liked, state.likes_count) == (False, 1)

    async def count(self, thing):
        return (await self.client.get(f"tracks/{thing}")).json()["data"]["likes_count"]

    async def make_many(self, tx, person):
        await tx.run(MANY_LIKED, self.owner.id, person.id)

    @override
    async def count_many(self, conn, person):
        counted = "select sum(likes_count)::integer from tracks where owner_id = $1"
        return await conn.value(int, counted, self.owner.id)

    async def change(self, tx, things, person, chance):
        if chance.random() < 0.7:
            await track_likes.like(tx, chance.choice(things), person.member)
        else:
            await track_likes.unlike(tx, chance.choice(things), person.member)

    @override
    async def ensure_exact(self, conn, things, people):
        assert await conn.value(int, WRONG_COUNTS, things) == 0
