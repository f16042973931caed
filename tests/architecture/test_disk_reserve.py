"""While the reserve of the disk is used up, exactly these routes store something."""

import re
from collections.abc import Iterable

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from tests.application import assembled
from tests.architecture.source import ensure_none
from tests.support.references import list_codes, read_document
from veza.core.access import Access
from veza.domains.subsonic.routes.rest import ENDPOINTS
from veza.http.security.authorization import access_of, needs_space

# Besides reads, deletions and what is for staff: signing in and out, playing, leaving and blocking,
# giving money back, reading messages, and what other systems report.
_GOES_ON = re.compile(
    r"""
    /api/v1 (
        /auth/ (login (/ (factor | passkey) (/options)?)? | refresh | logout | setup | not-me)
      | /auth/ (step-up (/options)? | password/ (forgot | reset) | email/verify)
      | /sessions/ (refresh | logout | logout-all)
      | /users/me/ (password | stay | privacy/opt-out)
      | /users/me/ (factors/totp (/confirm)? | passkeys (/options)?)
      | /users/ \{user_id:uuid\} / (block | mute)
      | /tracks/ \{track_id:uuid\} /plays
      | /users/me/library/ (now-playing | queue (/position)?)
      | /live/streams/ (\{stream_id:uuid\} / (heartbeat | end | cancel) | me/key/regenerate)
      | /live/restreams/ \{restream_target_id:uuid\}
      | /playlists/ \{playlist_id:uuid\} /entries/remove
      | /conversations/ \{conversation_id:uuid\} / (leave | read)
      | /notifications/ (read-all | \{notification_id:uuid\} /read)
      | /marketplace/ (orders/ \{order_id:uuid\} | guest-orders/ \{token:str\}) /refund
      | /marketplace/ (products/ \{product_id:uuid\} /cancel-preorders)
      | /sandbox/payments/ \{payment_id:str\} /confirm
      | /subscribers/ \{token:str\} /unsubscribe
      | /marketplace/gifts/block/ \{token:str\}
      | /profiles/ \{profile_id:uuid\} /subscription
      | /webhooks/ (hyperswitch | mail | stripe)
      | /live/hooks/ (check | done | publish | title | unlock | update)
      | /cloud/shared/unlock | /validate
    )
    | /rest/\{name:str\} | /unsubscribe/ \{token:str\}
    """,
    re.VERBOSE,
)
_PLAYERS_GO_ON = {
    *("deletePlaylist", "unstar", "deleteBookmark", "scrobble", "reportPlayback"),
    *("savePlayQueue", "savePlayQueueByIndex", "deleteShare"),
}
_GROWING = {"POST", "PUT", "PATCH"}
_STAFF = {Access.MODERATOR, Access.ADMIN}


@pytest.fixture(scope="module")
def app() -> Litestar:
    return assembled()


def _routes(app: Litestar) -> Iterable[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler):
                for method in sorted(str(one) for one in handler.http_methods):
                    yield method, route.path, handler


def test_what_goes_on_is_listed_here_and_everything_else_that_stores_is_refused(app: Litestar):
    routes = list(_routes(app))
    assert sum(needs_space(handler) for _, _, handler in routes) > 50
    ensure_none(
        f"{method} {path} {'is refused' if needs_space(handler) else 'goes on'}"
        for method, path, handler in routes
        if needs_space(handler)
        == (
            method not in _GROWING or access_of(handler) in _STAFF or bool(_GOES_ON.fullmatch(path))
        )
    )


def test_each_change_of_players_that_goes_on_is_listed_here():
    changes = {name for name, endpoint in ENDPOINTS.items() if endpoint.is_change}
    assert {name for name in changes if ENDPOINTS[name].goes_on} == _PLAYERS_GO_ON
    assert changes - _PLAYERS_GO_ON


def test_operations_say_that_they_may_be_refused(app: Litestar):
    refused = {
        (method.lower(), re.sub(r":\w+\}", "}", path))
        for method, path, handler in _routes(app)
        if needs_space(handler)
    }
    ensure_none(
        f"{method} {path}"
        for path, operations in read_document()["paths"].items()
        for method, operation in operations.items()
        if _tells_of_full_disk(operation) != ((method, path) in refused)
    )


def _tells_of_full_disk(operation: dict) -> bool:
    told = operation["responses"].get("507")
    return told is not None and "storage_full" in list_codes(told)
