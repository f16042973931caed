"""The page of the player that other sites embed: the only one that may be in a frame of theirs.

It is as small as possible, and has neither cookies nor an account: its script reads the data in the
page, and asks for audio and waveforms without credentials.
"""

import re
from html import escape
from http import HTTPStatus

from litestar import Response

from veza.http.asgi_scope import find_header
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest
from veza.http.layers.etags import etag_of, has_tag
from veza.http.security.security_headers import content_policy
from veza.http.web_app.pages import list_assets, list_media_origins

_SCRIPT = re.compile(r"embed-[\w-]+\.js")
_STYLE = re.compile(r"embed-[\w-]+\.css")
_POLICY = content_policy(
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self'{media}",
    "media-src 'self'{media}",
    frames="*",
)
_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="robots" content="noindex">
    <title>{title}</title>
    <link rel="canonical" href="{page}">
    {assets}
  </head>
  <body>
    <main id="player"><noscript><a href="{page}" target="_blank">{title}</a></noscript></main>
    <script type="application/json" id="content">{data}</script>
  </body>
</html>
"""


def render_player(
    request: AnyRequest, title: str, data: str, *, page: str, status: int = HTTPStatus.OK
) -> Response[bytes]:
    """Return the page of a player for the page at a path.

    `data` is JSON that can stand in a script element: escape `<` before.
    """
    context = context_of(request)
    site = context.identify_site().name
    url = f"{context.base_url_of(request)}{page}"
    body = _PAGE.format(
        title=escape(f"{title} · {site}" if title else site),
        page=escape(url),
        assets=_render_assets(),
        data=data,
    ).encode()
    media = "".join(f" {origin}" for origin in list_media_origins(context))
    tag = b"W/" + etag_of(body)
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": _POLICY.format(media=media),
        # Reports of plays say that they come from this page, links to the site do not.
        "referrer-policy": "same-origin",
        "etag": tag.decode(),
    }
    known = find_header(request.scope, b"if-none-match")
    if status == HTTPStatus.OK and has_tag(known, tag.removeprefix(b"W/")):
        status = HTTPStatus.NOT_MODIFIED
        body = b""
    return Response(body, status_code=status, headers=headers, media_type="text/html")


def _render_assets() -> str:
    names = list_assets()
    styles = [f'<link rel="stylesheet" href="/assets/{n}">' for n in names if _STYLE.fullmatch(n)]
    scripts = [
        f'<script type="module" src="/assets/{n}"></script>' for n in names if _SCRIPT.fullmatch(n)
    ]
    return "\n    ".join([*styles, *scripts])
