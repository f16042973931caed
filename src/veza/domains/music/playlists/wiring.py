"""The parts of `music/playlists` that the program is assembled from."""

from veza.domains.contributions import PersonalData, SearchableType
from veza.domains.music.playlists import jobs, personal_data
from veza.domains.music.playlists.routes import covers, editors, entries, files, playlists
from veza.domains.music.playlists.service import playlists as playlist_service
from veza.domains.music.playlists.service import search, takedowns
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[playlists.router, entries.router, editors.router, files.router, covers.router],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    takedowns={"playlist": takedowns.TAKEDOWN},
    evidence={"playlist": playlist_service.find_evidence},
    pictures={"playlist": takedowns.COVER},
    reviewed={"playlist": takedowns.list_reviewed},
    searchable=SearchableType(search.index_batch, jobs.refresh_search, jobs.recount_search_words),
)
