"""The parts of `marketplace/tips` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.tips import personal_data
from veza.domains.wiring import Wiring

WIRING = Wiring(
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
