"""The parts of `music/library` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.music.library import personal_data, routes
from veza.domains.music.library.service import releases
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    hidden_counts=[releases.update_hidden_likes],
)
