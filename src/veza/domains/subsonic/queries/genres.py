"""Genres of public tracks with their numbers of songs and albums, the most frequent first."""

from collections.abc import Sequence

from veza.domains.subsonic.models.rows import GenreRow
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where


async def list_genres(conn: Conn, limit: int, names: Sequence[str] | None = None) -> list[GenreRow]:
    """Return the genres of public tracks, or those of these names: the most frequent first."""
    where = Where("i.is_public and i.genre is not null")
    where.add_filter("i.genre = any({})", names)
    sql = f"""
        select i.genre as name, count(*) filter (where not i.is_release) as tracks_count,
               count(*) filter (where i.is_album) as albums_count
          from catalogue_items i
        {where.sql}
         group by i.genre
        having bool_or(not i.is_release)
         order by tracks_count desc, name
         limit {limit:d}
    """
    return await conn.all(GenreRow, sql, *where.values)
