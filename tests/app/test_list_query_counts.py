"""Lists that show people take as many statements for seven of them as for one."""

import pytest
from msgspec import Struct

from tests import make
from tests.make import Person
from tests.support.query_counts import count_statements
from veza.app.services import Services
from veza.core.ids import new_id
from veza.domains.music.playlists.models.entries import AddedTracks
from veza.domains.music.playlists.service import entries
from veza.domains.music.track_comments import service as track_comments
from veza.domains.music.track_comments.models import CommentForm
from veza.domains.music.tracks.service import track_likes

READS = (
    "tracks/{track}/comments",
    "users/{host}/followers",
    "users/{host}/following",
    "users/me/following/tracks",
    "users/me/likes",
    "social/feed",
    "social/posts/{post}/comments",
    "playlists/{playlist}/entries",
    "conversations",
    "conversations/{room}/members",
    "conversations/{room}/history",
    "notifications",
)


class Crowd(Struct, frozen=True):
    """Somebody with whom so many people have to do, and what these made."""

    host: Person
    places: dict[str, object]


async def gather(services: Services, size: int) -> Crowd:
    """Simulate people who publish, comment, follow and talk."""
    host = await make.person(services)
    people = [await make.person(services) for _ in range(size)]
    tag = f"tag{new_id().hex[-12:]}"
    async with services.database.transaction() as tx:
        tracks = [await make.bare_track(tx, each.member, tag) for each in people]
        playlist_id, _ = await make.playlist(tx, host.member, tag, tracks[0], "public")
        await entries.add_tracks(tx, playlist_id, host.member, AddedTracks(tracks[1:]))
        post_id = await make.post(tx, host.member)
        for each, track_id in zip(people, tracks, strict=True):
            await make.post(tx, each.member)
            await make.post_comment(tx, each.member, post_id)
            await track_comments.comment(tx, tracks[0], each.member, CommentForm("Lovely"))
            await track_likes.like(tx, track_id, host.member)
    await make.follows(services, host, *people)
    for each in people:
        await make.follows(services, each, host)
    room = await make.conversation(services, "group", host, *people)
    for each in people:
        await make.message(services, each, room, tag)
    await make.delivered(services)
    places = {"track": tracks[0], "post": post_id, "playlist": playlist_id}
    return Crowd(host, places | {"room": room, "host": host.username})


@pytest.fixture(scope="module")
async def crowds(services: Services) -> list[Crowd]:
    return [await gather(services, size) for size in (2, 7)]


@pytest.mark.parametrize("path", READS)
async def test_no_list_takes_more_queries_the_more_people_are_in_it(client, services, crowds, path):
    few, many = [
        await count_statements(client, services, path.format(**crowd.places), crowd.host)
        for crowd in crowds
    ]
    assert few == many
    assert many.total() <= 4, many
