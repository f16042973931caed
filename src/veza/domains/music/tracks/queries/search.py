"""SQL statements that search tracks and maintain their search texts."""

from veza.core.ids import LOWEST_ID, TrackId, UserId
from veza.domains.music.tracks.models import SearchableTrack, StoredTrack
from veza.domains.music.tracks.queries.tracks import COLUMNS, IS_PUBLISHED, liked_column
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def search_tracks(
    conn: Conn, words: list[str], limit: int, *, tag: str, viewer_id: UserId | None
) -> list[StoredTrack]:
    """Return the tracks that match every word, up to a typing error or two, best first.

    A track with all words together as a tag is an exact match. Results much less similar than the
    best result are excluded, so that an exact match is the only result.
    """
    where = Where()
    matches, similarity = _match(where, words, tag)
    phrase = where.bind(" ".join(words))
    sql = f"""
        with matched as materialized (
            -- By itself, so that the planner uses the trigram index and not the owners.
            {matches}
        ), ranked as (
            select t.id,
                   {similarity}
                   + similarity({phrase}, split_part(t.search_text, E'\\n', 1)) / 2 as similarity
              from matched t
              join users u on u.id = t.owner_id
             where u.suspended_at is null
        ), best as (
            select max(similarity) as similarity from ranked
        )
        select {COLUMNS}, {liked_column(where, viewer_id)}
          from best
          join ranked on ranked.similarity >= best.similarity * 0.55
          join tracks t on t.id = ranked.id
          join users u on u.id = t.owner_id
         order by ranked.similarity desc, t.plays_count desc, t.id desc
         limit {limit:d}
    """
    return await conn.all(StoredTrack, sql, *where.values)


def _match(where: Where, words: list[str], tag: str) -> tuple[str, str]:
    """Return a select of the tracks with these words or this tag, and their similarity (0 to 1)."""
    placeholders = [where.bind(word) for word in words]
    conditions = [" and ".join(f"t.search_text %> {word}" for word in placeholders)]
    similarities = " + ".join(f"word_similarity({word}, t.search_text)" for word in placeholders)
    similarity = f"({similarities}) / {len(words):d}"
    if tag and words != [tag]:
        has_tag = f"t.search_text like {where.bind(f'% {tag} %')}"
        conditions.append(has_tag)
        similarity = f"case when {has_tag} then 1 else {similarity} end"
    # Separate selects, because with `or` the planner reads the whole table.
    selects = (
        f"select t.id, t.owner_id, t.search_text from tracks t where {IS_PUBLISHED} and {each}"
        for each in conditions
    )
    return " union ".join(selects), similarity


async def lock_searchable_tracks(
    tx: Tx, owner_id: UserId, after: TrackId | None
) -> list[SearchableTrack]:
    """Lock the next 500 tracks of an artist, ordered by id."""
    sql = """
        select id, title, genre, tags from tracks
         where owner_id = $1 and id > $2
         order by id limit 500 for no key update
    """
    return await tx.all(SearchableTrack, sql, owner_id, after or LOWEST_ID)


async def update_search_texts(tx: Tx, track_ids: list[TrackId], texts: list[str]) -> None:
    sql = """
        update tracks
           set search_text = new.search_text
          from unnest($1::uuid[], $2::text[]) as new (id, search_text)
         where tracks.id = new.id
    """
    await tx.run(sql, track_ids, texts)
