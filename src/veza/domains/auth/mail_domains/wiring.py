"""The parts of `auth/mail_domains` that the program is assembled from."""

from veza.domains.auth.mail_domains import admin_routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[admin_routes.router],
)
