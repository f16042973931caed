"""A like of a release is counted by triggers; lists leave out what the member may not see."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from veza.core.ids import LOWEST_ID, ReleaseId, UserId
from veza.core.visibility import active, visible_release
from veza.domains.music.library.models import LibraryQuery, MarkedRelease
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Lock a member before a release; False if deleted or suspended."""
    sql = f"select true from users where id = $1 and {active()} for no key update"
    return await tx.value(bool, sql, user_id) or False


async def lock_releases(tx: Tx, release_ids: Sequence[ReleaseId]) -> None:
    """Lock releases in the order of their ids."""
    sql = "select id from releases where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, list(release_ids))


async def insert_like(tx: Tx, release_id: ReleaseId, user_id: UserId) -> bool:
    """Return False if there was one."""
    sql = """
        insert into release_likes (release_id, user_id) values ($1, $2) on conflict do nothing
    """
    return await tx.run(sql, release_id, user_id) == 1


async def delete_like(tx: Tx, release_id: ReleaseId, user_id: UserId) -> bool:
    """Return False if there was none."""
    sql = "delete from release_likes where release_id = $1 and user_id = $2"
    return await tx.run(sql, release_id, user_id) == 1


async def count_likes(conn: Conn, release_id: ReleaseId) -> int:
    sql = "select likes_count from releases where id = $1"
    return await conn.value(int, sql, release_id) or 0


async def list_likes(conn: Conn, user_id: UserId, query: LibraryQuery) -> list[MarkedRelease]:
    """Return a page of the liked releases that are visible, and the next page's first row."""
    likes = _Marks("release_likes", "null::integer", "liked_at")
    return await _list_marked(conn, likes, user_id, query)


async def list_ratings(conn: Conn, user_id: UserId, query: LibraryQuery) -> list[MarkedRelease]:
    """Return a page of the rated releases that are visible, and the next page's first row."""
    ratings = _Marks("release_ratings", "e.rating", "rated_at")
    return await _list_marked(conn, ratings, user_id, query)


class _Marks(Struct, frozen=True):
    """A table of likes or ratings, and its columns."""

    table: str
    rating: str
    time: str


async def _list_marked(
    conn: Conn, marks: _Marks, user_id: UserId, query: LibraryQuery
) -> list[MarkedRelease]:
    where = Where()
    viewer = where.bind(user_id)
    where.add(f"e.user_id = {viewer}")
    if query.min_rating > 1:
        where.add("e.rating >= {}", query.min_rating)
    where.add_cursor(f"e.{marks.time}, e.release_id", query.cursor)
    sql = f"""
        select e.release_id, {marks.rating} as rating, e.{marks.time} as marked_at
          from {marks.table} e
         cross join lateral (
               select from releases r
                 join users u on u.id = r.owner_id
                where r.id = e.release_id and {visible_release("r", "u", viewer)}
                limit 1) visible
        {where.sql}
         order by e.{marks.time} desc, e.release_id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(MarkedRelease, sql, *where.values)


async def upsert_rating(tx: Tx, user_id: UserId, release_id: ReleaseId, rating: int) -> None:
    """Store a rating. The same rating again keeps its time."""
    sql = """
        insert into release_ratings as r (user_id, release_id, rating)
             values ($1, $2, $3)
        on conflict (user_id, release_id) do update
                set rating = excluded.rating, rated_at = now()
              where r.rating <> excluded.rating
    """
    await tx.run(sql, user_id, release_id, rating)


async def delete_rating(tx: Tx, user_id: UserId, release_id: ReleaseId) -> bool:
    """Return False if there was none."""
    sql = "delete from release_ratings where user_id = $1 and release_id = $2"
    return await tx.run(sql, user_id, release_id) == 1


async def list_liked_releases(
    conn: Conn, user_id: UserId, after: ReleaseId | None
) -> list[ReleaseId]:
    """Return the next 500 releases that a member likes, ordered by id."""
    sql = """
        select release_id from release_likes
         where user_id = $1 and release_id > $2
         order by release_id limit 500
    """
    found = await conn.column(UUID, sql, user_id, after or LOWEST_ID)
    return [ReleaseId(each) for each in found]


async def update_hidden(
    tx: Tx, user_id: UserId, release_ids: Sequence[ReleaseId], *, hide: bool
) -> None:
    """Hide or show a member's likes of releases that the caller has locked."""
    sql = """
        update release_likes set is_hidden = $3
         where user_id = $1 and release_id = any($2) and is_hidden <> $3
    """
    await tx.run(sql, user_id, list(release_ids), hide)


async def list_personal_marks(conn: Conn, user_id: UserId) -> list[MarkedRelease]:
    """Return all likes and ratings of releases: likes have no rating."""
    sql = """
        select release_id, null::integer as rating, liked_at as marked_at
          from release_likes where user_id = $1
         union all
        select release_id, rating, rated_at from release_ratings where user_id = $1
         order by release_id, marked_at
    """
    return await conn.every(MarkedRelease, sql, user_id)


async def lock_rated_releases(tx: Tx, user_id: UserId) -> None:
    """Prevent the deletion of the releases that a member rated, in the order of their ids."""
    sql = """
        select r.id from releases r
         where r.id in (select release_id from release_ratings where user_id = $1)
         order by r.id
           for key share of r
    """
    await tx.column(UUID, sql, user_id)


async def delete_marks_of(tx: Tx, user_id: UserId) -> None:
    """Delete the ratings of a member, and the likes: these are hidden and not counted."""
    await tx.run("delete from release_ratings where user_id = $1", user_id)
    await tx.run("delete from release_likes where user_id = $1", user_id)
