"""HTML pages that domains render themselves, with a policy that allows only their own style."""

from base64 import b64encode
from hashlib import sha256
from importlib import resources
from string import Template

from litestar import Response

from veza.http.security.security_headers import content_policy

_STYLE = (resources.files("veza.http.responses") / "page.css").read_text()
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def load_page(package: str, name: str) -> Template:
    """Return the template of a page, a file in a package. It contains `$style`."""
    return Template((resources.files(package) / name).read_text())


def render_page(template: Template, *, has_form: bool = False, **values: str) -> Response[str]:
    """Return a page with values that are HTML already: escape text before."""
    page = template.substitute(values, style=_STYLE)
    forms = "'self'" if has_form else "'none'"
    policy = content_policy(f"style-src 'sha256-{_STYLE_HASH}'", forms=forms)
    headers = _HEADERS | {"content-security-policy": policy}
    return Response(page, media_type="text/html", headers=headers)
