"""The parts of `music/appearances` that the program is assembled from."""

from veza.domains.music.appearances import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(routers=[routes.router])
