"""Ratings of artists. Players hide those of artists whom the member does not see."""

from veza.core.ids import UserId
from veza.domains.music.library.models import ArtistRating
from veza.infra.postgres.database import Conn, Tx


async def upsert_rating(tx: Tx, user_id: UserId, artist_id: UserId, rating: int) -> None:
    """Store a rating. The same rating again keeps its time."""
    sql = """
        insert into artist_ratings as r (user_id, artist_id, rating)
             values ($1, $2, $3)
        on conflict (user_id, artist_id) do update
                set rating = excluded.rating, rated_at = now()
              where r.rating <> excluded.rating
    """
    await tx.run(sql, user_id, artist_id, rating)


async def delete_rating(tx: Tx, user_id: UserId, artist_id: UserId) -> bool:
    """Return False if there was none."""
    sql = "delete from artist_ratings where user_id = $1 and artist_id = $2"
    return await tx.run(sql, user_id, artist_id) == 1


async def list_ratings_by(conn: Conn, user_id: UserId) -> list[ArtistRating]:
    """Return all ratings that a member gave."""
    sql = """
        select artist_id, rating, rated_at
          from artist_ratings
         where user_id = $1
         order by artist_id
    """
    return await conn.every(ArtistRating, sql, user_id)


async def delete_ratings_of(tx: Tx, user_id: UserId) -> None:
    """Delete the ratings that a member gave, and those that they got."""
    await tx.run("delete from artist_ratings where user_id = $1 or artist_id = $1", user_id)


async def update_rated(tx: Tx, artist_id: UserId, into_id: UserId) -> None:
    """Move ratings of a page to another profile, except its own and those that exist there."""
    sql = """
        update artist_ratings r
           set artist_id = $2
         where r.artist_id = $1 and r.user_id <> $2
           and not exists (select from artist_ratings o
                            where o.user_id = r.user_id and o.artist_id = $2)
    """
    await tx.run(sql, artist_id, into_id)
