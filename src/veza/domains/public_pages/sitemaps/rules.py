"""Writes the files of a sitemap in parts, and robots.txt (RFC 9309)."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from importlib.resources import files
from urllib.parse import quote
from xml.sax.saxutils import escape

from veza.core.text_mining import HEADER, POLICY_HEADER, MiningPolicy
from veza.domains.public_pages.sitemaps.models import SitemapEntry, SitemapFile, SitemapSection

_SCHEMA = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
AI_BOTS = [
    line
    for line in (files(__package__) / "ai_bots.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
# Pages that show a member what is theirs, or endless results.
_PERSONAL = (
    *("account", "cart", "console", "feed", "forgot-password", "library", "messages"),
    *(
        "not-me",
        "notifications",
        "orders",
        "reset-password",
        "search",
        "settings",
        "studio",
        "verify-email",
    ),
)


def file_path(file: SitemapFile) -> str:
    """Return the path of a file."""
    return f"/sitemaps/{file.section}/{file.first}.xml"


def render_index(files: Iterable[SitemapFile], base_url: str) -> Iterator[bytes]:
    """Yield the index of all files, in a part for each: join them in pieces."""
    return _document(
        "sitemapindex",
        (f"<sitemap><loc>{escape(base_url + file_path(file))}</loc></sitemap>" for file in files),
    )


def render_entries(
    section: SitemapSection, entries: Iterable[SitemapEntry], base_url: str
) -> Iterator[bytes]:
    """Yield a file with the addresses of pages, in a part for each: join them in pieces."""
    start = escape(f"{base_url}/{section}/")
    return _document(
        "urlset",
        (
            f"<url><loc>{start}{quote(entry.key)}</loc>"
            f"<lastmod>{entry.changed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod></url>"
            for entry in entries
        ),
    )


def render_robots(base_url: str, *, is_allowed: bool, is_reserved: bool = False) -> str:
    """Return robots.txt (RFC 9309); if mining `is_reserved`, crawlers of AI are refused."""
    if not is_allowed:
        return "User-agent: *\nDisallow: /\n"
    refused = "".join(f"Disallow: /{name}\n" for name in _PERSONAL)
    bots = "".join(f"User-agent: {name}\n" for name in AI_BOTS) if is_reserved else ""
    group = f"{bots}Disallow: /\n\n" if bots else ""
    return f"{group}User-agent: *\n{refused}\nSitemap: {base_url}/sitemap.xml\n"


def list_reservations(policy: MiningPolicy, handles: Iterable[str]) -> list[dict[str, str | int]]:
    """Return the rules of tdmrep.json: for the whole site, else for pages of these profiles."""
    named = [quote(handle) for handle in handles]
    pages = (path for each in named for path in (f"/artists/{each}", f"/feeds/artists/{each}"))
    rule: dict[str, str | int] = {HEADER: 1}
    if policy.policy_url is not None:
        rule[POLICY_HEADER] = policy.policy_url
    return [{"location": path, **rule} for path in (["/"] if policy.is_reserved else pages)]


def _document(name: str, lines: Iterable[str]) -> Iterator[bytes]:
    yield f"{_XML}\n<{name} {_SCHEMA}>\n".encode()
    for line in lines:
        yield f"{line}\n".encode()
    yield f"</{name}>\n".encode()
