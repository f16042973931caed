"""The parts of `music/statistics` that the program is assembled from."""

from litestar.di import Provide

from veza.domains.contributions import PersonalData
from veza.domains.music.statistics import jobs, personal_data, routes
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    dependencies={
        "statistics_days": Provide(routes.provide_statistics_days, sync_to_thread=False),
        "statistics_query": Provide(routes.provide_statistics_query, sync_to_thread=False),
    },
    recurring=[Recurring("count_statistics", "25 * * * *", jobs.count_statistics)],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
)
