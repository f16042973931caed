"""Likes of posts, for the suite of hidden counters."""

from typing import override

from tests import make
from tests.support.hidden_counters import HiddenCounter
from veza.domains.social.posts import personal_data, service
from veza.domains.social.posts.errors import NotYourPost, PostNotFound

# The stored count, and the number of rows.
COUNTS = """
    select array[p.likes_count,
                 (select count(*) from post_likes l
                    join users u on u.id = l.user_id
                   where l.post_id = p.id and u.suspended_at is null)]
      from posts p
     where p.id = any($1)
"""
# More posts than a batch holds, all liked by a member.
MANY_LIKED = """
    with made as (
        insert into posts (id, author_id, content, likes_count)
        select gen_random_uuid(), $1, n::text, 1 from generate_series(1, 1001) n
        returning id
    )
    insert into post_likes (post_id, user_id) select id, $2 from made
"""
# Members whose latest post is not the one that is stored as such.
LATEST = """
    select count(*)::integer
      from users u
      left join latest_posts l on l.author_id = u.id
     where u.id = any($1)
       and l.post_id is distinct from (
            select p.id from posts p where p.author_id = u.id
             order by p.created_at desc, p.id desc limit 1)
"""


class PostLikes(HiddenCounter):
    per_member = 1
    is_own = True
    many = (0, 1001)
    refusals = (NotYourPost, PostNotFound)

    async def make_thing(self, tx):
        return await make.post(tx, self.owner.member)

    async def act(self, tx, thing, person):
        assert (await service.toggle_like(tx, thing, person.member)).liked

    @override
    async def undo(self, tx, thing, done, person):
        state = await service.toggle_like(tx, thing, person.member)
        assert (state.liked, state.likes_count) == (False, 1)

    async def count(self, thing):
        return (await self.client.get(f"social/posts/{thing}")).json()["data"]["likes_count"]

    async def make_many(self, tx, person):
        await tx.run(MANY_LIKED, self.owner.id, person.id)

    @override
    async def count_many(self, conn, person):
        counted = "select sum(likes_count)::integer from posts where author_id = $1"
        return await conn.value(int, counted, self.owner.id)

    async def forget_many(self, tx):
        await personal_data.erase(tx, self.owner.id)

    async def change(self, tx, things, person, chance):
        """Like or unlike, publish, delete."""
        drawn = chance.random()
        if drawn < 0.6:
            await service.toggle_like(tx, chance.choice(things), person.member)
        elif drawn < 0.8:
            things.append(await make.post(tx, person.member))
        else:
            await service.delete_post(tx, chance.choice(things), person.member)

    async def ensure_exact(self, conn, things, people):
        rows = await conn.column(list[int], COUNTS, things)
        assert all(counted == shown for counted, shown in rows), rows
        assert await conn.value(int, LATEST, [person.id for person in people]) == 0
