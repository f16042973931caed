"""The parts of `clips` that the program is assembled from."""

from veza.domains.clips import jobs, personal_data, routes, stored_objects
from veza.domains.clips.service import clips, takedowns
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    recurring=[Recurring("sweep_clips", "45 * * * *", jobs.sweep_clips)],
    routers=[routes.router],
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        personal_data.list_files,
        move=personal_data.move,
    ),
    objects=stored_objects.OBJECT_SOURCE,
    evidence={"clip": clips.find_evidence},
    takedowns={"clip": takedowns.TAKEDOWN},
    reviewed={"clip": takedowns.list_reviewed},
)
