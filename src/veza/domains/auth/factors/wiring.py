"""The parts of `auth/factors` that the program is assembled from."""

from veza.domains.auth.factors import jobs, personal_data, routes
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("sweep_login_challenges", "20 * * * *", jobs.sweep_challenges)],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
