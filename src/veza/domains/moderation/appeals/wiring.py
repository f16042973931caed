"""The parts of `moderation/appeals` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.moderation.appeals import admin_routes, personal_data, routes
from veza.domains.moderation.appeals.queries import appeals
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    statistics={"appeals": appeals.count_pending_appeals},
)
