"""The pictures: credentials are ignored, as all are the same for everybody."""

from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core.ids import TrackId
from veza.domains.public_pages.cards import service
from veza.domains.public_pages.cards.service import CardDrawing
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, reading
from veza.http.responses.caching import PUBLIC_FILE
from veza.http.responses.public_documents import respond_with_document
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance


@get(
    "/cards/tracks/{track_id:uuid}",
    include_in_schema=False,
    credentials="ignored",
    importance=Importance.EXPLORATION,
)
async def show_track_card(request: AnyRequest, track_id: FromPath[UUID]) -> Response[bytes]:
    """Return the picture of a track, made of its waveform and title."""
    site = context_of(request).identify_site().name
    async with reading(request) as conn:
        card = await service.read_card(conn, TrackId(track_id), urls_of(request), site=site)
    body = await service.draw(service_of(request, CardDrawing), TrackId(track_id), card)
    return respond_with_document(request, body, media_type="image/png", cache_control=PUBLIC_FILE)


router = Router("/", route_handlers=[show_track_card])
