"""The parts of `chat/conversations` that the program is assembled from."""

from veza.domains.chat.conversations import jobs, personal_data, routes
from veza.domains.chat.conversations.queries import conversations
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("remove_former_members", "* * * * *", jobs.remove_former_members)],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    statistics={"conversations": conversations.count_conversations},
)
