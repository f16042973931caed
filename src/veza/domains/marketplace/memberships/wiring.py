"""The parts of `marketplace/memberships` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.memberships import invariants, personal_data, routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    # A profile with memberships has sold something, and is never merged.
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    invariants=invariants.INVARIANTS,
)
