"""The parts of `moderation/transparency` that the program is assembled from."""

from veza.domains.moderation.transparency import jobs, routes
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("compute_transparency", "25 * * * *", jobs.compute_figures)],
)
