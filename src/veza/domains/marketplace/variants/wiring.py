"""The parts of `marketplace/variants` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.variants import personal_data, routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
