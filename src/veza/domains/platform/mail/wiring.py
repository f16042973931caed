"""The parts of `platform/mail` that the program is assembled from: other domains send its mails."""

from veza.domains.wiring import Wiring

WIRING = Wiring()
