"""The parts of `music/lyrics` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.music.lyrics import queries, routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(("track_lyrics",), queries.list_lyrics_of, queries.delete_lyrics_of),
)
