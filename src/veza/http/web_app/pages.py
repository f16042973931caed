"""The web application: its assets, and the page in which it runs.

Assets have a hash in their names, so that browsers keep them for good. Each is compressed once,
when it is first asked for, as hard as possible. The page differs in its head only.
"""

import asyncio
import gzip
import re
from collections.abc import Mapping, Sequence
from html import escape
from http import HTTPStatus
from importlib import resources
from urllib.parse import urlsplit

import msgspec
import zstandard
from litestar import Response, Router, get
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from veza.core.errors import NotFound
from veza.core.site_identity import SiteIdentity
from veza.core.text_mining import NO_AI_META, MiningPolicy
from veza.http.asgi_scope import find_header, note_error
from veza.http.context import Connection, HttpContext, PaymentForm, context_of
from veza.http.dependencies import AnyRequest, language_of
from veza.http.layers.compression import VARY, find_coding
from veza.http.layers.etags import etag_of, has_tag
from veza.http.responses import errors
from veza.http.responses.redirects import redirect
from veza.http.route_classes import RateClass
from veza.http.security.security_headers import content_policy
from veza.http.services import service_of
from veza.http.web_app import install as web_install
from veza.http.web_app.first_page import FirstPage, read_first_page, render_row
from veza.http.web_app.hints import HOME, WebPage, hint_files
from veza.infra.ingest.whip_control import WhipGate

_FOLDER = resources.files("veza.http.web_app") / "bundle"
_HEAD = "<!--head-->"
_FIRST = "<!--first-->"
_BODY = "<!--body-->"
_HEAD_END = "</head>"
_PARTS = re.compile("|".join((_HEAD, _HEAD_END, _FIRST, _BODY)))
_TEMPLATE = (_FOLDER / "index.html").read_text()
_FIRST_PAGE = read_first_page(_TEMPLATE)
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
_COMPRESSED = {"css", "js", "svg"}
_ASSETS = {
    file.name: file.read_bytes()
    for file in (_FOLDER / "assets").iterdir()
    if file.name.rpartition(".")[2] in _TYPES
}
_IMMUTABLE = "public, max-age=31536000, immutable"
PAYMENT_FORM = "veza-payment-form"
SITE = "veza-site"

# Everything comes from files of our own. Covers and audio may come from the storage, or from the
# configured address of this server; live streams from a CDN.
_POLICY = content_policy(
    "script-src 'self'{script}{form}; style-src 'self'{style}; font-src 'self'",
    "connect-src 'self'{live}{form_api}; img-src 'self' data: blob:{media}{form}",
    "media-src 'self' blob:{media}{live}; manifest-src 'self'; worker-src 'self'",
    forms="'self'",
)
_FRAMES = "; frame-src{form}"
_FEATURES = "camera=(), geolocation=(), microphone=({microphone}), payment=({form})"
# Paths below these answer programs, also if a browser opens them.
_OF_PROGRAMS = (
    *("/api/", "/rest/", "/swagger/", "/assets/", "/icons/"),
    *("/cards/", "/feeds/", "/oembed", "/sitemaps/", "/.well-known/"),
)

_SHORT_ADDRESS = re.compile(r"/@([A-Za-z0-9_-]{3,30})/?")

_compressed: dict[tuple[str, str], bytes] = {}


@get(
    "/assets/{name:str}",
    include_in_schema=False,
    credentials="ignored",
    goes_on=True,
    rate_class=RateClass.FREE,
)
async def show_asset(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Return an asset, compressed if the client accepts it."""
    if name not in _ASSETS:
        raise NotFound
    kind = name.rpartition(".")[2]
    headers = {"cache-control": _IMMUTABLE}
    body = _ASSETS[name]
    coding = None
    if kind in _COMPRESSED:
        headers[VARY[0].decode()] = VARY[1].decode()
        coding = find_coding(request.scope)
    if coding is not None:
        body = await _compress(name, coding)
        headers["content-encoding"] = coding
    return Response(body, media_type=_TYPES[kind], headers=headers)


def render_app(
    request: AnyRequest,
    head: str | None = None,
    body: str = "",
    *,
    status: int = HTTPStatus.OK,
    page: WebPage | None = None,
) -> Response[bytes]:
    """Return the page in which the application runs.

    `head` and `body`, which browsers without scripts show, are HTML already: escape text before.
    The files of `page` are named in the head, with messages in the language that is asked for.
    """
    parts = {
        _HEAD: _write_head(request, head),
        _HEAD_END: f"{_name_files(request, page)}{_HEAD_END}",
        _FIRST: "",
        _BODY: body,
    }
    policy = _policy_of(context_of(request))
    return _respond(request, _fill(_TEMPLATE, parts), policy, status)


def render_first_page(request: AnyRequest, head: str, lists: object) -> Response[bytes]:
    """Return the page of `HOME` with what it shows first in it; without in a build that has none.

    `head` is HTML already, `lists` are what `web/src/first` draws.
    """
    first = _FIRST_PAGE
    if first is None:
        return render_app(request, head, page=HOME)
    parts = {
        _HEAD: _write_head(request, head),
        _FIRST: render_row(first, language_of(request), lists),
        _BODY: "",
    }
    policy = _policy_of(context_of(request), first=first)
    return _respond(request, _fill(first.template, parts), policy, HTTPStatus.OK)


def _fill(template: str, parts: Mapping[str, str]) -> bytes:
    return _PARTS.sub(lambda found: parts.get(found[0], found[0]), template).encode()


def _name_files(request: AnyRequest, page: WebPage | None) -> str:
    return "" if page is None else hint_files(page, language_of(request))


def _write_head(request: AnyRequest, head: str | None) -> str:
    site = context_of(request).identify_site()
    shown_head = web_install.HEAD + _describe_site(site) + (head or _default_head(site))
    if service_of(request, MiningPolicy).is_reserved:
        shown_head += f"\n    {NO_AI_META}"
    return shown_head


def _respond(request: AnyRequest, shown: bytes, policy: str, status: int) -> Response[bytes]:
    tag = etag_of(shown)
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": policy,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "same-origin",
        "vary": "Accept-Language",
        "etag": tag.decode(),
        # All pages: the studio is reached from each without loading another.
        "permissions-policy": _FEATURES.format(microphone=_microphone_of(request), form=""),
    }
    if status == HTTPStatus.OK and has_tag(find_header(request.scope, b"if-none-match"), tag):
        return Response(
            b"", status_code=HTTPStatus.NOT_MODIFIED, headers=headers, media_type="text/html"
        )
    return Response(shown, status_code=status, headers=headers, media_type="text/html")


def _microphone_of(request: AnyRequest) -> str:
    """Return which pages may use the microphone: our own, where the studio goes live with it."""
    return "" if service_of(request, WhipGate).port is None else "self"


def render_checkout(request: AnyRequest) -> Response[bytes]:
    """Return the page in which a payment is confirmed.

    If a payment form is configured, the page says which, and its policies admit what that loads and
    nothing else: its script and frames, its API, and payments by wallets of the browser.
    """
    context = context_of(request)
    form = context.payment_form
    if form is None:
        return render_app(request)
    said = escape(msgspec.json.encode(form).decode())
    meta = f'<meta name="{PAYMENT_FORM}" content="{said}">'
    response = render_app(request, f"{_default_head(context.identify_site())}\n    {meta}")
    response.headers["content-security-policy"] = _policy_of(context, form)
    origin = _origin_of(form.script_url)
    microphone = _microphone_of(request)
    response.headers["permissions-policy"] = _FEATURES.format(
        microphone=microphone, form=f'self "{origin}"'
    )
    # Wallets and banks open windows that report back.
    response.headers["cross-origin-opener-policy"] = "same-origin-allow-popups"
    return response


def _default_head(site: SiteIdentity) -> str:
    return (
        f'<title>{escape(site.name)}</title>\n    <meta name="description" '
        f'content="{escape(site.description)}">'
    )


def _describe_site(site: SiteIdentity) -> str:
    """Return what the application has to know before it shows anything; nothing by default."""
    if site == SiteIdentity():
        return ""
    said = escape(msgspec.json.encode(site).decode())
    return f'<meta name="{SITE}" content="{said}">\n    '


def wants_page(connection: Connection) -> bool:
    """Return whether a browser opens an address that is not one of programs."""
    headers = connection.headers
    is_opened = headers.get("sec-fetch-mode") == "navigate"
    return (
        connection.scope.get("method") == "GET"
        and (is_opened or "text/html" in headers.get("accept", ""))
        and not connection.scope["path"].startswith(_OF_PROGRAMS)
    )


def render_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Return the response of a framework error: for a browser at an unknown address, the page.

    `/@handle` is the short address of a profile, which no path of the framework can express.
    """
    if short := _SHORT_ADDRESS.fullmatch(request.scope["path"]):
        return redirect(f"/artists/{short[1]}")
    if error.status_code == HTTPStatus.NOT_FOUND and wants_page(request):
        note_error(request.scope, NotFound.code)
        return render_app(request, status=HTTPStatus.NOT_FOUND)
    return errors.render_framework(request, error)


def list_assets() -> list[str]:
    """Return the names of all assets."""
    return sorted(_ASSETS)


def list_media_origins(context: HttpContext) -> list[str]:
    """Return the origins that covers and audio may come from, besides that of the page."""
    bucket = context.file_delivery.bucket
    places = [context.public_url, bucket and bucket.endpoint]
    return sorted({_origin_of(place) for place in places if place})


def _policy_of(
    context: HttpContext, form: PaymentForm | None = None, *, first: FirstPage | None = None
) -> str:
    script = _sources_of(form and form.script_url)
    policy = _POLICY.format(
        media=_format_sources(list_media_origins(context)),
        live=_sources_of(context.playback_url),
        script="" if first is None else first.script_source,
        style="" if first is None else first.style_source,
        form=script,
        form_api=_sources_of(form and form.script_url, form and form.api_url),
    )
    return policy if form is None else policy + _FRAMES.format(form=script)


def _sources_of(*urls: str | None) -> str:
    return _format_sources(sorted({_origin_of(url) for url in urls if url}))


def _format_sources(origins: Sequence[str]) -> str:
    return "".join(f" {origin}" for origin in origins)


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def _compress(name: str, coding: str) -> bytes:
    """Return a compressed asset. There are as many as there are files, so that all are kept."""
    found = _compressed.get((name, coding))
    if found is None:
        found = await asyncio.to_thread(_pack, coding, _ASSETS[name])
        _compressed[name, coding] = found
    return found


def _pack(coding: str, body: bytes) -> bytes:
    if coding == "zstd":
        return zstandard.compress(body, 19)
    return gzip.compress(body, 9, mtime=0)


router = Router(
    "/",
    route_handlers=[
        show_asset,
        web_install.create_router(web_install.write_worker(_TEMPLATE, _ASSETS)),
    ],
)
