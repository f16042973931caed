"""The parts of `music/tracks` that the program is assembled from."""

from litestar.di import Provide

from veza.domains.contributions import PersonalData, SearchableType
from veza.domains.music.tracks import jobs, personal_data, routes
from veza.domains.music.tracks.queries import plays, tracks
from veza.domains.music.tracks.service import takedowns, track_likes, track_search, visible_tracks
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    dependencies={
        "track_query": Provide(routes.provide_track_query, sync_to_thread=False),
    },
    recurring=[
        Recurring("sweep_plays", "*/20 * * * *", jobs.sweep_plays),
        Recurring("announce_tracks", "* * * * *", jobs.announce_published),
    ],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    evidence={"track": visible_tracks.find_evidence},
    takedowns={"track": takedowns.TAKEDOWN},
    searchable=SearchableType(
        track_search.index_batch, jobs.refresh_search, jobs.recount_search_words
    ),
    hidden_counts=[track_likes.update_hidden_likes],
    statistics={"tracks": tracks.count_tracks, "plays": plays.count_plays},
)
