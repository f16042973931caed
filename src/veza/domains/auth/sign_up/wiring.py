"""The parts of `auth/sign_up` that the program is assembled from."""

from veza.domains.auth.sign_up import admin_routes, jobs, personal_data, routes
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    recurring=[
        Recurring("sweep_invitations", "40 3 * * *", jobs.sweep_invitations),
        Recurring("decline_sign_ups", "50 3 * * *", jobs.decline_old_requests),
    ],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
