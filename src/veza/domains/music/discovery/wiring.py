"""The parts of `music/discovery` that the program is assembled from."""

from litestar.di import Provide

from veza.domains.contributions import PersonalData
from veza.domains.music.discovery import jobs, personal_data, routes
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    dependencies={
        "radio_query": Provide(routes.provide_radio_query, sync_to_thread=False),
    },
    recurring=[
        Recurring("find_changed_tracks", "15 * * * *", jobs.find_changed_tracks),
        Recurring("compute_similarities", "*/5 * * * *", jobs.compute_similarities),
    ],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
)
