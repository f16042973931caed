"""The parts of `public_pages/feeds` that the program is assembled from."""

from veza.domains.public_pages.feeds import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    pages=[routes.router],
)
