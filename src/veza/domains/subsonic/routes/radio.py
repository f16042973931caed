"""Stations on air, as players list them; they are made and changed in Veza alone."""

from veza.core.errors import Forbidden
from veza.domains.stations.models.stations import StationQuery
from veza.domains.stations.service import stations
from veza.domains.subsonic.models.rows import ItemKind
from veza.domains.subsonic.models.system import RadioStation, RadioStations
from veza.domains.subsonic.routes.call import MAX_PAGE, Answered, Call, Endpoint
from veza.domains.subsonic.rules.ids import write_id
from veza.http.context import context_of
from veza.http.expensive import SEARCH


async def get_radio_stations(call: Call) -> Answered:
    """Return the latest stations on air."""
    viewer = call.viewer
    query = StationQuery(MAX_PAGE)
    async with call.reading() as conn:
        page = await stations.list_stations(conn, query, viewer.member, viewer.urls)
    origin = context_of(call.request).base_url_of(call.request)
    shown = [
        RadioStation(
            id=write_id(ItemKind.STATION, each.id),
            name=each.title,
            stream_url=each.radio_url,
            home_page_url=f"{origin}/stations/{each.id}",
        )
        for each in page.stations
    ]
    return RadioStations(internet_radio_station=shown)


async def refuse(_call: Call) -> Answered:
    """Raise Forbidden: a station has a program, which no player knows."""
    raise Forbidden("Stations are made and changed in the web application.")


REFUSED = (
    "createInternetRadioStation",
    "updateInternetRadioStation",
    "deleteInternetRadioStation",
)
ENDPOINTS = {
    "getInternetRadioStations": Endpoint(
        get_radio_stations, "internetRadioStations", expensive=SEARCH
    ),
    **{name: Endpoint(refuse) for name in REFUSED},
}
