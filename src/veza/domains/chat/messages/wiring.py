"""The parts of `chat/messages` that the program is assembled from."""

from veza.domains.chat.messages import jobs, personal_data, routes
from veza.domains.chat.messages.queries import takedowns as queries
from veza.domains.chat.messages.service import history, takedowns
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[
        Recurring("sweep_conversations", "10,40 * * * *", jobs.sweep_ended),
        Recurring("index_messages", "5,20,35,50 * * * *", jobs.index_messages),
    ],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    evidence={"message": history.find_evidence},
    takedowns={"message": takedowns.TAKEDOWN},
    reviewed={"message": takedowns.list_reviewed},
    review_objects={"message": queries.list_reviewed},
)
