"""The parts of `music/library` that the program is assembled from."""

from collections.abc import Sequence

from veza.domains.contributions import PersonalData
from veza.domains.music.library import personal_data
from veza.domains.music.library.routes import playback, ratings
from veza.domains.music.library.service import releases
from veza.domains.music.library.service.now_playing import NowPlayingStore
from veza.domains.wiring import Wiring
from veza.http.services import ServiceRegistry
from veza.infra.valkey.client import ValkeyClient


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    return [NowPlayingStore(services.get(ValkeyClient))]


WIRING = Wiring(
    create_services=_create_services,
    routers=[ratings.router, playback.router],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    hidden_counts=[releases.update_hidden_likes],
)
