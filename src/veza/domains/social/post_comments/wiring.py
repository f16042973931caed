"""The parts of `social/post_comments` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.social.post_comments import personal_data, routes, service
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    evidence={"post_comment": service.find_evidence},
    takedowns={"post_comment": service.TAKEDOWN},
    hidden_counts=[service.update_hidden_comments],
)
