"""What one can do with tags: have them suggested, and counted."""

from collections.abc import Sequence

from veza.core.ids import TrackId
from veza.domains.music.tags import queries, rules
from veza.domains.music.tags.models import Suggestions
from veza.domains.music.tracks import service as tracks
from veza.infra.postgres.database import Conn, Tx


async def suggest(conn: Conn, typed: str, limit: int) -> Suggestions:
    """Suggest tags that begin as somebody types, the most used first, then what resembles it.

    However a tag is spelt it is found, in up to three spellings. Without a text, the most used.
    """
    key = rules.tag_key(typed)
    found = await queries.list_with_prefix(conn, key, limit)
    if len(found) < limit and len(key) >= rules.MIN_SIMILARITY_LENGTH:
        found += await queries.list_similar(conn, key, limit - len(found))
    return Suggestions(found)


async def recount_tags_of_tracks(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Count the tags of some tracks as they are now, which may be gone or hidden.

    What was counted of a track is kept: so that only what changed is counted, once, however often
    and in whichever order this is asked for.
    """
    # By itself: a statement sees what was there when it began, be it that it waited for the lock.
    await tracks.lock_counts(tx, track_ids)
    uses = rules.list_uses(await queries.list_shown(tx, track_ids))
    gone = await queries.delete_uses(tx, track_ids, uses)
    added = await queries.insert_uses(tx, uses)
    tags = rules.count_differences((use.key for use in added), (use.key for use in gone))
    spellings = rules.count_differences(
        ((use.key, use.spelling) for use in added), ((use.key, use.spelling) for use in gone)
    )
    if spellings:
        await queries.update_counts(tx, tags)
        await queries.update_spelling_counts(tx, spellings)
        await queries.delete_unused(tx, list(tags), [spelling for _, spelling in spellings])
