"""The parts of `marketplace/contracts` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.contracts import personal_data, routes, stored_objects
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, personal_data.list_files
    ),
    objects=stored_objects.OBJECT_SOURCE,
)
