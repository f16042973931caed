"""The parts of `public_pages/sitemaps` that the program is assembled from."""

from veza.domains.public_pages.sitemaps import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    pages=[routes.router],
)
