"""The parts of `public_pages/heads` that the program is assembled from."""

from veza.domains.public_pages.heads import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    pages=[routes.router],
)
