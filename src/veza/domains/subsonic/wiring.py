"""The parts of `subsonic` that the program is assembled from."""

from collections.abc import Sequence

from veza.domains.subsonic.routes import rest
from veza.domains.subsonic.service.catalogue import Catalogue
from veza.domains.wiring import Wiring
from veza.http.services import ServiceRegistry


def _create_services(_: ServiceRegistry) -> Sequence[object]:
    return [Catalogue()]


WIRING = Wiring(
    create_services=_create_services,
    pages=[rest.answer_player],
)
