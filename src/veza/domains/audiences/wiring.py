"""The parts of `audiences` that the program is assembled from: none, others call it."""

from veza.domains.wiring import Wiring

WIRING = Wiring()
