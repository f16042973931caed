"""The parts of `auth/api_keys` that the program is assembled from."""

from veza.domains.auth.api_keys import jobs, queries, routes
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("sweep_keys", "35 3 * * *", jobs.sweep_keys)],
    personal_data=PersonalData(("api_keys",), queries.list_all_keys, queries.delete_keys),
)
