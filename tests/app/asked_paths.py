"""The paths of all GETs, filled with the ids of things, and those that are left out."""

import re
from collections.abc import Collection, Mapping

from tests.calls import list_calls
from veza.core.access import Access
from veza.http.security.authorization import access_of

EVERYBODY = frozenset(Access) - {Access.MODERATOR, Access.ADMIN}

# Paths that aren't asked for, and why not; any other path must be.
_LEFT_OUT = {
    "/swagger|/openapi": "the document of the API names no data",
    "/metrics": "metrics are for operators, and name no members",
    "/assets|/icons": "files of the web application",
    ".*/{rest:path}": "the empty page of the web application, equal for all",
    "/rest/{name:str}": "asked for as players do, by `_PLAYERS`",
    "/sitemaps/{section:str}/{name:str}": "asked for by the index of the sitemaps",
    "/api/v1/auth/openid/": "leads to a provider",
    "/api/v1/sandbox/onboarding/": "the form of a made-up provider",
    "/api/v1/sell/connect/return/": "a redirect to the studio",
    "/api/v1/sanctions/": "only who has the link of a sanction may see it",
    "/api/v1/cases/": "the bytes of a file that staff looks at",
    "/api/v1/users/me/export/": "the bytes of an own export",
    "/api/v1/uploads/": "own uploads in progress",
    "/feeds/stations/": "sound without an end; its titles are those that the API shows",
    ".*/archives/": "the bytes of an archive, or of none: tests of archives read the tags",
    ".*/orders/{order_id:uuid}/tracks/": "the bytes of a track",
    ".*/stations/{station_id:uuid}/hls/{takeover_id:uuid}/": "the bytes of a stream on a station",
    ".*/recordings/{recording_id:uuid}/hls/": "the bytes of an own recording",
}


def list_paths(access: Collection[Access], things: Mapping[str, str]) -> list[str]:
    """Return the paths of the GETs with one of the kinds of access, about the things of a page."""
    return [path for path in fill_all(access, things).values() if path]


def fill_all(access: Collection[Access], things: Mapping[str, str]) -> dict[str, str | None]:
    """Return each path with one of the kinds of access, and as it is for the things, if it is."""
    return {
        call.path: _fill(call.path, things)
        for call in list_calls()
        if call.method == "GET" and access_of(call.handler) in access
        if not _is_left_out(call.path)
    }


def _fill(path: str, things: Mapping[str, str]) -> str | None:
    """Return a path for the things of the page; None if it is about something else."""
    if path in things:
        return things[path]
    for part in path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}").partition(":")[0]
            if name not in things:
                return None
            path = path.replace(part, things[name])
    return path


def _is_left_out(path: str) -> bool:
    return any(re.match(pattern, path) for pattern in _LEFT_OUT)
