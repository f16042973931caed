"""The API page: Swagger UI from our own files, and the OpenAPI document as JSON."""

from importlib import resources

from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core.errors import NotFound
from veza.http.api_docs.api_document import send_document
from veza.http.dependencies import AnyRequest
from veza.http.route_classes import RateClass
from veza.http.security.security_headers import content_policy

# Swagger UI sets styles and draws icons from data URLs; scripts come from our files only.
_PAGE_POLICY = content_policy(
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
)
_DOCUMENT = "openapi.json"
_TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png", "html": "text/html"}
_FOLDER = resources.files("veza.http.api_docs") / "swagger_ui"
_FILES = {file.name: file.read_bytes() for file in _FOLDER.iterdir() if "." in file.name}


@get(
    "/swagger",
    include_in_schema=False,
    credentials="ignored",
    goes_on=True,
    sync_to_thread=False,
    rate_class=RateClass.FREE,
)
def show_page() -> Response[bytes]:
    """Show the API page."""
    headers = {
        "content-security-policy": _PAGE_POLICY,
        "cross-origin-opener-policy": "same-origin",
    }
    return Response(_FILES["index.html"], media_type="text/html", headers=headers)


@get(
    "/swagger/{name:str}",
    include_in_schema=False,
    credentials="ignored",
    goes_on=True,
    rate_class=RateClass.FREE,
)
async def show_file(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Return a file of the page, or the OpenAPI document."""
    if name == _DOCUMENT:
        return await send_document(request)
    kind = _TYPES.get(name.rpartition(".")[2])
    if name not in _FILES or kind is None:
        raise NotFound
    headers = {"cache-control": "public, max-age=86400"}
    return Response(_FILES[name], media_type=kind, headers=headers)


@get(
    f"/{_DOCUMENT}",
    include_in_schema=False,
    credentials="ignored",
    goes_on=True,
    rate_class=RateClass.FREE,
)
async def show_document(request: AnyRequest) -> Response[bytes]:
    """Return the OpenAPI document, where tools look for it."""
    return await send_document(request)


router = Router("/", route_handlers=[show_page, show_file, show_document])
