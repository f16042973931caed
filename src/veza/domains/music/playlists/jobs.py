"""Updates popularity and words by which playlists are found."""

from veza.domains.music.playlists.queries import search
from veza.infra.postgres.database import Database
from veza.infra.postgres.search_index import refresh_indexes
from veza.infra.postgres.word_counts import recount_dictionaries


async def refresh_search(database: Database) -> None:
    """Update the popularity of playlists in the search: how many tracks they have, up to 100."""
    await refresh_indexes(database, [search.PLAYLISTS])


async def recount_search_words(database: Database) -> None:
    """Count how many playlists have each word."""
    await recount_dictionaries(database, [search.PLAYLISTS])
