"""The parts of `public_pages/cards` that the program is assembled from."""

from collections.abc import Sequence

from veza.domains.images.service.images import ImageProcessing
from veza.domains.public_pages.cards import routes
from veza.domains.public_pages.cards.service import create_drawing
from veza.domains.wiring import Wiring
from veza.http.services import ServiceRegistry


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    return [create_drawing(services.get(ImageProcessing).folder)]


WIRING = Wiring(
    create_services=_create_services,
    pages=[routes.router],
)
