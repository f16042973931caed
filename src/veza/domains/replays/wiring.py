"""The parts of `replays` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.replays import jobs, personal_data, stored_objects
from veza.domains.replays.routes import recordings, replays
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    recurring=[
        Recurring("announce_expiring_recordings", "25 * * * *", jobs.announce_expiring),
        Recurring("sweep_recordings", "35 * * * *", jobs.sweep_recordings),
    ],
    routers=[recordings.router, replays.router],
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        personal_data.list_files,
        move=personal_data.move,
    ),
    objects=stored_objects.OBJECT_SOURCE,
)
