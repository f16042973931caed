"""The parts of `auth/identities` that the program is assembled from."""

from veza.domains.auth.identities import jobs, personal_data, routes
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("sweep_openid_attempts", "5,15,25,35,45,55 * * * *", jobs.sweep_attempts)],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
