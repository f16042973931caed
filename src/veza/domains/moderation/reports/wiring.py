"""The parts of `moderation/reports` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.moderation.reports import admin_routes, personal_data, queries, routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    statistics={"reports": queries.count_pending_reports},
)
