"""The parts of `auth/accounts` that the program is assembled from."""

from veza.domains.auth.accounts import admin_routes, personal_data, queries, routes, service
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    evidence={"user": service.find_evidence},
    statistics={"users": queries.count_users},
)
