"""The parts of `realtime` that the program is assembled from."""

from veza.domains.realtime import jobs, routes
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("sweep_chat_tokens", "55 * * * *", jobs.sweep_tokens)],
)
