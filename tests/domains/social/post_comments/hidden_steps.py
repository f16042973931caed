"""Comments on posts, for the suite of hidden counters."""

from typing import override

from tests import make
from tests.support.hidden_counters import HiddenCounter
from veza.domains.social.post_comments import service
from veza.domains.social.post_comments.errors import NotYourPostComment, PostCommentNotFound
from veza.domains.social.post_comments.models import PostCommentForm

# What the counts say, and what the rows say: of a post, and of each thread.
COUNTS = """
    select array[p.comments_count,
                 (select count(*) from post_comments c
                    join users u on u.id = c.author_id
                   where c.post_id = p.id and u.suspended_at is null)]
      from posts p
     where p.id = any($1)
     union all
    select array[b.replies_count,
                 (select count(*) from post_comments c
                    join users u on u.id = c.author_id
                   where c.parent_id = b.id and u.suspended_at is null)]
      from post_comments b
     where b.post_id = any($1)
"""
# More comments of somebody than a part holds, on posts of another, who answers every other one.
MANY_SAID = """
    with made as (
        insert into posts (id, author_id, content, comments_count)
        select gen_random_uuid(), $2, n::text, 3 from generate_series(1, 400) n
        returning id
    ), begun as (
        insert into post_comments (id, post_id, author_id, content, replies_count)
        select gen_random_uuid(), id, $1, 'begun', 1 from made
        returning id, post_id
    ), answered as (
        insert into post_comments (id, post_id, parent_id, author_id, content)
        select gen_random_uuid(), post_id, id, $2, 'answered' from begun
    )
    insert into post_comments (id, post_id, author_id, content)
    select gen_random_uuid(), id, $1, 'alone' from made
"""
# Placeholders that no reply keeps.
EMPTY = """
    select count(*)::integer
      from post_comments c
     where c.post_id = any($1) and c.deleted_at is not null
       and not exists (select from post_comments r where r.parent_id = c.id)
"""


class PostComments(HiddenCounter):
    per_member = 2
    is_own = False
    # Those of the posts, and those of the threads that the member began.
    many = ([400, 400], [1200, 400])
    refusals = (NotYourPostComment, PostCommentNotFound)

    def __init__(self, *given):
        super().__init__(*given)
        self.said = []

    async def make_thing(self, tx):
        return await make.post(tx, self.owner.member)

    async def act(self, tx, thing, person):
        return await service.comment(tx, person.member, PostCommentForm(thing, "Lovely"))

    @override
    async def undo(self, tx, thing, done, person):
        await service.delete_comment(tx, done.id, person.member)

    async def count(self, thing):
        return (await self.client.get(f"social/posts/{thing}")).json()["data"]["comments_count"]

    async def make_many(self, tx, person):
        await tx.run(MANY_SAID, person.id, self.owner.id)

    async def count_many(self, conn, person):
        counted = """
            select array[sum(p.comments_count)::integer,
                         (select sum(c.replies_count)::integer from post_comments c
                           where c.author_id = $2)]
              from posts p
             where p.author_id = $1
        """
        return await conn.value(list[int], counted, self.owner.id, person.id)

    async def forget_many(self, tx):
        await tx.run("delete from posts where author_id = $1", self.owner.id)

    async def change(self, tx, things, person, chance):
        """Comment, reply, or delete a comment, most often one of somebody else's."""
        drawn = chance.random()
        if drawn < 0.35 or not self.said:
            self.said.append(await self.act(tx, chance.choice(things), person))
        elif drawn < 0.7:
            parent = chance.choice(self.said)
            form = PostCommentForm(parent.post_id, "!", parent.id)
            self.said.append(await service.comment(tx, person.member, form))
        else:
            await self.undo(tx, None, chance.choice(self.said), person)

    @override
    async def ensure_exact(self, conn, things, people):
        rows = await conn.column(list[int], COUNTS, things)
        assert all(counted == shown for counted, shown in rows), rows
        assert await conn.value(int, EMPTY, things) == 0
