"""Veza's own statements of the reads that peers answer, so that these can't fall behind."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast

from veza.core.ids import PostId, TrackId, new_id
from veza.core.pages import Cursor
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.queries import tracks
from veza.domains.social.posts.models import PostQuery
from veza.domains.social.posts.queries import lists, posts
from veza.infra.postgres.database import Conn


class _Statement:
    """A connection that keeps the statement that it is given, and finds nothing."""

    sql = ""

    async def all(self, _type: type[Any], sql: str, *_values: object) -> list[Any]:
        self.sql = sql
        return []

    async def maybe(self, _type: type[Any], sql: str, *_values: object) -> None:
        self.sql = sql


async def list_statements() -> dict[str, str]:
    """Return the statements of visitors: lists with 20 on a page, and one track.

    `tracks_after` takes the time and the id of a cursor, `track` the id, `images` ids of posts.
    """
    place = Cursor(datetime.now(UTC), new_id())
    return {
        "tracks": await _sql_of(lambda conn: tracks.list_tracks(conn, TrackQuery(), None)),
        "tracks_after": await _sql_of(
            lambda conn: tracks.list_tracks(conn, TrackQuery(cursor=place), None)
        ),
        "track": await _sql_of(lambda conn: tracks.find_track(conn, TrackId(new_id()), None)),
        "feed": await _sql_of(lambda conn: lists.list_posts(conn, PostQuery(), None)),
        "images": await _sql_of(lambda conn: posts.list_images(conn, [PostId(new_id())])),
    }


async def _sql_of(read: Callable[[Conn], Awaitable[object]]) -> str:
    connection = _Statement()
    await read(cast("Conn", connection))
    return connection.sql
