"""The parts of `auth/app_passwords` that the program is assembled from."""

from veza.domains.auth.app_passwords import queries, routes, shared_queries
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(
        ("app_passwords",), queries.list_passwords, shared_queries.delete_passwords
    ),
)
