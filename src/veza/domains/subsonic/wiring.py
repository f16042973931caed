"""The parts of `subsonic` that the program is assembled from."""

from veza.domains.subsonic.routes import rest
from veza.domains.wiring import Wiring

WIRING = Wiring(
    pages=[rest.answer_player],
)
