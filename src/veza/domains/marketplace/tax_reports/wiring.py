"""The parts of `marketplace/tax_reports` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.tax_reports import admin_routes, personal_data, routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        move=personal_data.move,
    ),
)
