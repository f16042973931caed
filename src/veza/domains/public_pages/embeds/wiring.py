"""The parts of `public_pages/embeds` that the program is assembled from."""

from veza.domains.public_pages.embeds import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    pages=[routes.router],
)
