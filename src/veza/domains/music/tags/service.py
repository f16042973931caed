"""Suggests used tags before similar ones and genres; only public tracks are counted."""

from collections.abc import Sequence

from veza.core.ids import TrackId
from veza.domains.music.tags import queries, rules
from veza.domains.music.tags.models import GenreList, Suggestions
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.models.forms import MAX_TAG_LENGTH
from veza.infra.postgres.database import Conn, Tx


async def suggest(conn: Conn, text: str, limit: int) -> Suggestions:
    """Suggest tags for a text: used tags that start with it, similar tags, then genres.

    All spellings of a tag are matched; up to three are returned. Without a text, return the most
    used tags.
    """
    key = rules.tag_key(text)
    found = await _list_used(conn, key, limit)
    return Suggestions(found + rules.suggest_genres(key, limit - len(found), known=found))


async def search_tags(conn: Conn, text: str, limit: int) -> list[str]:
    """Return used tags that start with a text, most used first, then similar tags."""
    key = rules.tag_key(text)
    if not 0 < len(key) <= MAX_TAG_LENGTH:
        return []
    return await _list_used(conn, key, limit)


async def _list_used(conn: Conn, key: str, limit: int) -> list[str]:
    found = await queries.list_with_prefix(conn, key, limit)
    if len(found) < limit and len(key) >= rules.MIN_SIMILARITY_LENGTH:
        found += await queries.list_similar(conn, key, limit - len(found))
    return found


async def list_genres(conn: Conn, limit: int) -> GenreList:
    """Return the genres of public tracks, those with the most tracks first."""
    return GenreList(await queries.list_genres(conn, limit))


async def recount_tags_of_tracks(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Update the counts to the current tags and genres of tracks, which may be deleted or hidden.

    `track_tags` and `track_genres` have what is counted of each track, so only differences are
    counted, and the order and number of calls don't matter.
    """
    # A separate statement, because the next one must see all commits before the lock.
    await track_queries.lock_counts(tx, track_ids)
    uses = rules.list_uses(await queries.list_public_tracks(tx, track_ids))
    removed = await queries.delete_uses(tx, track_ids, uses)
    added = await queries.insert_uses(tx, uses)
    tags = rules.count_differences((use.key for use in added), (use.key for use in removed))
    spellings = rules.count_differences(
        ((use.key, use.spelling) for use in added), ((use.key, use.spelling) for use in removed)
    )
    if spellings:
        await queries.update_counts(tx, tags)
        await queries.update_spelling_counts(tx, spellings)
        await queries.delete_unused(tx, list(tags), [spelling for _, spelling in spellings])
    unused = await queries.update_genre_counts(tx, track_ids)
    if unused:
        await queries.delete_unused_genres(tx, unused)
