"""The parts of `chat/attachments` that the program is assembled from."""

from veza.domains.chat.attachments import personal_data, routes
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, personal_data.list_files
    ),
)
