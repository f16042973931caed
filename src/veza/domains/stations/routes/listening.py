"""Radios and players that know no playlists listen to a station: one endless stream of AAC."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core.ids import StationId
from veza.domains.stations import errors
from veza.domains.stations.rules import icy
from veza.domains.stations.rules.descriptions import RADIO_SUFFIX
from veza.domains.stations.service import stations
from veza.domains.stations.service.broadcasts import StationBroadcasts, StationListener
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, reading
from veza.http.layers.head_requests import is_head
from veza.http.responses.endless import EndlessResponse
from veza.http.security.client import client_network
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_AAC = "audio/aac"
# Behind a proxy that collects what it passes on, there would be pauses.
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no", "accept-ranges": "none"}


class _Ears:
    """The sound for one client, with titles in it if the client asked for them."""

    def __init__(
        self,
        broadcasts: StationBroadcasts,
        station_id: StationId,
        network: str,
        listener: StationListener,
    ) -> None:
        self._broadcasts = broadcasts
        self._station_id = station_id
        self._network = network
        self._listener = listener
        self._titles: icy.TitledSound | None = None

    def ask_for_titles(self) -> None:
        self._titles = icy.TitledSound()

    async def read(self) -> bytes:
        pieces = await self._listener.take()
        if self._titles is None:
            return b"".join(piece.sound for piece in pieces)
        return b"".join(self._titles.write(piece.sound, piece.title) for piece in pieces)

    async def wait_until_over(self) -> None:
        await self._listener.has_ended.wait()

    def leave(self) -> None:
        self._broadcasts.leave(self._station_id, self._network, self._listener)


@get(
    "/feeds/stations/{name:str}",
    include_in_schema=False,
    credentials="ignored",
    importance=Importance.VITAL,
)
async def listen(request: AnyRequest, name: FromPath[str]) -> Response[Any]:
    """Send the sound of a station as it is on air: AAC at 128 kbit/s with ADTS headers.

    With `Icy-MetaData: 1`, titles are in it.
    """
    station_id = _read_id(name)
    wants_titles = request.headers.get("icy-metadata") == "1"
    async with reading(request) as conn:
        station = await stations.find_visible(conn, station_id, None)
    headers = _HEADERS | {"icy-name": _encode(station.title), "icy-br": "128", "icy-pub": "0"}
    if wants_titles:
        headers["icy-metaint"] = str(icy.METAINT)
    if is_head(request.scope):
        return Response(b"", headers=headers, media_type=_AAC)
    network = client_network(request.scope, context_of(request).trusted_proxies)
    broadcasts = service_of(request, StationBroadcasts)
    listener = await broadcasts.join(station_id, network)
    ears = _Ears(broadcasts, station_id, network, listener)
    if wants_titles:
        ears.ask_for_titles()
    return EndlessResponse(ears, headers=headers, media_type=_AAC)


def _read_id(name: str) -> StationId:
    """Return the id of a station in the name of its stream. Raises StationNotFound."""
    if not name.endswith(RADIO_SUFFIX):
        raise errors.StationNotFound
    try:
        return StationId(UUID(name.removesuffix(RADIO_SUFFIX)))
    except ValueError as error:
        raise errors.StationNotFound from error


def _encode(text: str) -> str:
    """Return a text as the header of a radio has it: UTF-8."""
    return icy.write_line(text).encode().decode("latin-1")


router = Router("/", route_handlers=[listen], tags=["stations"])
