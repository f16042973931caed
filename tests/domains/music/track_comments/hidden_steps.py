"""Comments on tracks, for the suite of hidden counters."""

from typing import override
from uuid import UUID

from tests import make
from tests.domains.music.track_comments.routes_steps import count_shown
from tests.domains.music.track_comments.service_steps import MANY_TRACKS
from tests.support.hidden_counters import HiddenCounter
from veza.domains.music.track_comments import service
from veza.domains.music.track_comments.errors import CommentNotFound, NotYourComment
from veza.domains.music.track_comments.models import CommentForm

# What the count says, and what the rows say.
COUNTS = """
    select array[t.comments_count,
                 (select count(*) from track_comments c
                    join users u on u.id = c.author_id
                   where c.track_id = t.id and u.suspended_at is null)]
      from tracks t
     where t.id = any($1)
     order by t.id
"""


class TrackComments(HiddenCounter):
    per_member = 2
    is_own = False
    many = (0, 1200)
    refusals = (NotYourComment, CommentNotFound)

    async def make_thing(self, tx):
        return await make.bare_track(tx, self.owner.member, "A track")

    async def act(self, tx, thing, person):
        return (await service.comment(tx, thing, person.member, CommentForm("Lovely"))).id

    async def undo(self, tx, thing, done, person):
        await service.delete_comment(tx, thing, done, person.member)

    async def count(self, thing):
        return await count_shown(self.client, thing)

    async def make_many(self, tx, person):
        await tx.run(MANY_TRACKS, self.owner.id, person.id)

    @override
    async def count_many(self, conn, person):
        counted = "select sum(comments_count)::integer from tracks where owner_id = $1"
        return await conn.value(int, counted, self.owner.id)

    async def change(self, tx, things, person, chance):
        """Comment, or delete a comment, most often one of somebody else's."""
        thing = chance.choice(things)
        said = await tx.column(UUID, "select id from track_comments where track_id = $1", thing)
        if said and chance.random() < 0.3:
            await self.undo(tx, thing, chance.choice(said), person)
        else:
            await self.act(tx, thing, person)

    @override
    async def ensure_exact(self, conn, things, people):
        rows = await conn.column(list[int], COUNTS, things)
        assert all(counted == shown for counted, shown in rows), rows
