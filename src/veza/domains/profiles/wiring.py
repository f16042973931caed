"""The parts of `profiles` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.profiles import admin_routes, personal_data
from veza.domains.profiles.routes import members, pages, profiles
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[profiles.router, pages.router, members.router, admin_routes.router],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
