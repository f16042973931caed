"""The parts of `public_pages/sitemaps` that the program is assembled from."""

from collections.abc import Sequence

from veza.domains.public_pages.sitemaps import routes
from veza.domains.public_pages.sitemaps.models import RobotsPolicy
from veza.domains.public_pages.sitemaps.service import Sitemaps
from veza.domains.wiring import Wiring
from veza.http.services import ServiceRegistry


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    return [Sitemaps(services.get(RobotsPolicy))]


WIRING = Wiring(
    create_services=_create_services,
    pages=[routes.router],
)
