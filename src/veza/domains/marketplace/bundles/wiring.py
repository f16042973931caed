"""The parts of `marketplace/bundles` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.bundles import invariants, personal_data, routes, service
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    evidence={"bundle": service.find_evidence},
    takedowns={"bundle": service.TAKEDOWN},
    invariants=invariants.INVARIANTS,
)
