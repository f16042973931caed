"""The parts of `auth/sessions` that the program is assembled from."""

from veza.domains.auth.sessions import jobs, personal_data, routes
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("sweep_sessions", "15 3 * * *", jobs.sweep_sessions)],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
