"""Changes of the library while tracks and accounts are deleted."""

import asyncio

import pytest

from tests import make
from veza.core.errors import VezaError
from veza.domains.music.library import personal_data
from veza.domains.music.library.models import BookmarkForm
from veza.domains.music.library.service import bookmarks, ratings
from veza.domains.music.tracks import personal_data as tracks_data
from veza.domains.music.tracks.service import track_changes, track_likes

LEFT = """
    select (select count(*) from track_ratings where track_id = any($1))
         + (select count(*) from track_bookmarks where track_id = any($1))
"""


@pytest.mark.long
async def test_a_track_or_an_account_is_deleted_at_the_same_time(services, owner, add, count):
    """Each change is made before the deletion or refused after it; none ends in a deadlock."""
    for _ in range(5):
        track_ids = [await add() for _ in range(3)]
        members = [(await make.person(services)).member for _ in range(4)]

        async def change(track_id, member):
            async with services.database.transaction() as tx:
                await ratings.rate(tx, track_id, member, 3)
                await bookmarks.save_bookmark(tx, track_id, member, BookmarkForm(1))
                await track_likes.like(tx, track_id, member)

        async def delete_track(track_id):
            async with services.database.transaction() as tx:
                await track_changes.delete_track(tx, track_id, owner.member)

        async def delete_account(member):
            async with services.database.transaction() as tx:
                await tx.run("select from users where id = $1 for update", member.id)
                await personal_data.erase(tx, member.id)
                await tracks_data.erase(tx, member.id)
                await tx.run("delete from users where id = $1", member.id)

        answers = await asyncio.gather(
            *[change(track_id, member) for track_id in track_ids for member in members],
            *[delete_track(track_id) for track_id in track_ids[:2]],
            *[delete_account(member) for member in members[:2]],
            return_exceptions=True,
        )

        assert {type(answer).__name__ for answer in answers} <= {
            *("NoneType", "TrackNotFound", "Unauthenticated")
        }
        assert not [one for one in answers if one and not isinstance(one, VezaError)]
        assert await count(LEFT, track_ids[:2]) == 0
        assert await count(LEFT, track_ids) == 4
        likes = "select likes_count from tracks where id = $1"
        assert await count(likes, track_ids[2]) == 2
