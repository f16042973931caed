"""Where a play was started, as the headers of its report say."""

from veza.core.play_source import PlayClient, PlaySource, find_host
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, visitor_of


def play_source_of(request: AnyRequest, referrer: str | None) -> PlaySource:
    """Return the source of a play; `referrer` is the page that led to our own page, if known.

    A page of another site that reports a play has an embedded player: its host is kept. So has our
    own page below `/embed/`, whose `referrer` is the page that embeds it. Browsers
    send `Origin` with each report; programs that send no such header count as `api`, as do those
    with an API key. Nothing is kept of an URL but its host.
    """
    member = visitor_of(request)
    headers = request.headers
    origin = headers.get("origin")
    page = headers.get("referer")
    if member is not None and member.session_id is None:
        return PlaySource(PlayClient.API)
    if origin is None and page is None and "sec-fetch-site" not in headers:
        return PlaySource(PlayClient.API)
    context = context_of(request)
    own = find_host(context.base_url_of(request))
    host = find_host(origin) or find_host(page)
    if not context.csrf.is_same_origin(request) or (origin is None and host not in {None, own}):
        return PlaySource(PlayClient.EMBED, host)
    led_from = find_host(referrer)
    if _path_of(page or "").startswith("embed/"):
        return PlaySource(PlayClient.EMBED, None if led_from in {own, host} else led_from)
    return PlaySource(PlayClient.WEB, None if led_from in {own, host} else led_from)


def _path_of(url: str) -> str:
    """Return the path of an URL without its first slash; it need not be valid."""
    return url.partition("://")[2].partition("/")[2]
