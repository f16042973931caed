"""The parts of `marketplace/prices` that the program is assembled from: none."""

from veza.domains.wiring import Wiring

WIRING = Wiring()
