"""Serves the manifest, the icons and the service worker of the web application.

The worker names the files of the build, so that another build is another worker, which browsers
notice. They look for it at each visit, so that it is never kept without a check.
"""

import hashlib
from importlib import resources

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core.errors import NotFound
from veza.core.site_identity import DEFAULT_DESCRIPTION
from veza.http.asgi_scope import find_header
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest
from veza.http.layers.etags import etag_of, has_tag

HEAD = (
    '<link rel="manifest" href="/manifest.webmanifest">'
    '<link rel="apple-touch-icon" href="/icons/apple-180.png">'
)
_FOLDER = resources.files("veza.http.web_app") / "install_files"
_MANIFEST = msgspec.json.decode((_FOLDER / "manifest.webmanifest").read_bytes())
_ICONS = {file.name: file.read_bytes() for file in (_FOLDER / "icons").iterdir()}
_SCRIPT = "text/javascript; charset=utf-8"
# A larger file, such as a library for live streams, is not needed without a network.
_MAX_FILE_BYTES = 250_000
_KEPT = {"css", "js", "svg", "woff2"}


def write_worker(page: str, assets: dict[str, bytes]) -> bytes:
    """Return the service worker of a build: its page, and its files by their names."""
    names = sorted(
        f"/assets/{name}"
        for name, content in assets.items()
        if name.rpartition(".")[2] in _KEPT and len(content) <= _MAX_FILE_BYTES
    )
    source = (_FOLDER / "worker.js").read_text()
    build = hashlib.sha256("\n".join([page, source, *names]).encode()).hexdigest()[:16]
    files = msgspec.json.encode(names).decode()
    return source.replace("/*files*/ []", files).replace("/*version*/", build).encode()


def create_router(worker: bytes) -> Router:
    """Return the routes of the manifest, the icons and this service worker."""

    @get("/sw.js", include_in_schema=False, credentials="ignored", goes_on=True)
    async def show_worker(request: AnyRequest) -> Response[bytes]:
        """Return the service worker, which may serve all pages and connect to this server only."""
        headers = {
            "service-worker-allowed": "/",
            "content-security-policy": "default-src 'none'; connect-src 'self'; img-src 'self'",
        }
        return _respond(request, worker, _SCRIPT, headers)

    return Router("/", route_handlers=[show_worker, show_manifest, show_icon])


@get("/manifest.webmanifest", include_in_schema=False, credentials="ignored", goes_on=True)
async def show_manifest(request: AnyRequest) -> Response[bytes]:
    """Return the manifest, with the name and the colour of the site."""
    site = context_of(request).identify_site()
    shown = _MANIFEST | {"name": site.name, "short_name": site.name}
    if site.description != DEFAULT_DESCRIPTION:
        shown["description"] = site.description
    if site.colors is not None:
        shown["theme_color"] = site.colors.light
    body = msgspec.json.encode(shown)
    return _respond(request, body, "application/manifest+json", {})


@get("/icons/{name:str}", include_in_schema=False, credentials="ignored", goes_on=True)
async def show_icon(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Return an icon."""
    if name not in _ICONS:
        raise NotFound
    return _respond(request, _ICONS[name], "image/png", {})


def _respond(
    request: AnyRequest, body: bytes, media_type: str, headers: dict[str, str]
) -> Response[bytes]:
    tag = etag_of(body)
    headers |= {"cache-control": "no-cache", "etag": tag.decode()}
    if has_tag(find_header(request.scope, b"if-none-match"), tag):
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    return Response(body, headers=headers, media_type=media_type)
