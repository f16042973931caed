"""Everybody who may see a replay reads the chapters and the chat that belong to it."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath, QueryParameter

from veza.core.access import Access, Scope
from veza.core.ids import TrackId
from veza.core.profiles import Right
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.replays import errors
from veza.domains.replays.models import ReplayChat, TrackReplay
from veza.domains.replays.service import playback
from veza.http.dependencies import AnyRequest, Conn, visitor_of
from veza.http.expensive import SEARCH
from veza.http.requests.query_parameters import PageLimit

_After = Annotated[
    int,
    QueryParameter(
        ge=0, le=2**63 - 1, description="Only what follows: `next_after` of the last page."
    ),
]


@get(
    "/tracks/{track_id:uuid}/replay",
    access=Access.OPTIONAL,
    right=Right.READ,
    scope=Scope.READ,
    errors=[TrackNotFound],
)
async def show_replay(request: AnyRequest, track_id: FromPath[UUID], conn: Conn) -> TrackReplay:
    """Get the stream that a track is the replay of, with its chapters, or null."""
    return await playback.get_replay(conn, TrackId(track_id), visitor_of(request))


@get(
    "/tracks/{track_id:uuid}/replay/chat",
    access=Access.OPTIONAL,
    right=Right.READ,
    scope=Scope.READ,
    expensive=SEARCH,
    errors=[TrackNotFound, errors.ReplayNotFound],
)
async def list_replay_chat(
    request: AnyRequest,
    track_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    after: _After = 0,
) -> ReplayChat:
    """List what was written during the stream that a track is the replay of, in its order.

    It is empty to who does not belong to the audience of the stream, and without `has_chat`.
    """
    return await playback.list_chat(
        conn, TrackId(track_id), visitor_of(request), after=after, limit=limit
    )


router = Router("/", route_handlers=[show_replay, list_replay_chat], tags=["live"])
