"""The parts of `listening` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.listening import jobs, personal_data, queries, routes
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("end_empty_listening_rooms", "*/10 * * * *", jobs.end_empty_rooms)],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    statistics={"listening_rooms": queries.count_rooms},
)
