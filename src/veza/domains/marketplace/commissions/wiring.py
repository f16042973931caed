"""The parts of `marketplace/commissions` that the program is assembled from."""

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.commissions import (
    admin_routes,
    invariants,
    jobs,
    personal_data,
    routes,
)
from veza.domains.marketplace.commissions.queries import takedowns as queries
from veza.domains.marketplace.commissions.service import takedowns
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    recurring=[Recurring("expire_commissions", "*/10 * * * *", jobs.expire_commissions)],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    invariants=invariants.INVARIANTS,
    evidence={takedowns.CONTENT_TYPE: takedowns.find_evidence},
    takedowns={takedowns.CONTENT_TYPE: takedowns.TAKEDOWN},
    review_objects={takedowns.CONTENT_TYPE: queries.list_reviewed},
)
