"""The parts of `gear` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.gear import jobs, personal_data, queries, routes, stored_objects
from veza.domains.gear.upload_purposes import create_purposes
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("warn_of_warranties", "20 * * * *", jobs.warn_of_warranties)],
    upload_purposes=create_purposes,
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        personal_data.list_files,
        move=personal_data.move,
    ),
    objects=stored_objects.OBJECT_SOURCE,
    statistics={"gear": queries.count_gear},
)
