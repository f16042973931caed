"""The parts of `music/prints` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.music.prints import personal_data, service
from veza.domains.wiring import Wiring

WIRING = Wiring(
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    copies={"track": service.list_copies},
)
