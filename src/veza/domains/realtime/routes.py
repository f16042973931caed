"""The route that issues chat tokens."""

from litestar import Router, get

from veza.core.access import Access
from veza.core.profiles import Right
from veza.domains.realtime import service
from veza.domains.realtime.models import ChatToken
from veza.http.dependencies import AnyRequest, viewer_of
from veza.http.services import service_of


@get("/chat/token", access=Access.USER, scope=None, sync_to_thread=False)
def issue_chat_token(request: AnyRequest) -> ChatToken:
    """Create a token for a single WebSocket connection at `/api/v1/chat/ws`.

    Send it as the subprotocol `veza.chat.<token>`, as `?token=`, or in the first frame.
    """
    return service.issue_token(service_of(request, service.ChatTokens), viewer_of(request))


router = Router(
    "/",
    route_handlers=[issue_chat_token],
    tags=["chat"],
    opt={"right": Right.SPEAK},
)
