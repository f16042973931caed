"""The parts of `live` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.live import jobs, personal_data
from veza.domains.live.queries import stored_streams
from veza.domains.live.routes import calendars, hooks, plans, streams, whip
from veza.domains.live.service import takedowns
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    recurring=[
        Recurring("announce_planned_streams", "* * * * *", jobs.announce_plans),
        Recurring("forget_stream_guests", "23 * * * *", jobs.forget_guests),
    ],
    routers=[streams.router, plans.router, hooks.router, whip.router],
    pages=[calendars.router],
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        move=personal_data.move,
        ensure_may_move=personal_data.ensure_off_air,
    ),
    evidence={"stream": takedowns.find_evidence},
    takedowns={"stream": takedowns.TAKEDOWN},
    pictures={"stream": takedowns.COVER},
    statistics={"streams": stored_streams.count_streams},
)
