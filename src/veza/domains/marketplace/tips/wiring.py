"""The parts of `marketplace/tips` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.tips import invariants, personal_data, routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    invariants=invariants.INVARIANTS,
)
