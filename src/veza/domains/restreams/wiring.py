"""The parts of `restreams` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.restreams import personal_data, routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
