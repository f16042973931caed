"""Writes the head of a page for previews and search engines, and text without scripts."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

import msgspec

from veza.core.prices import ProductPrice
from veza.core.site_identity import ICON_PATH, SiteIdentity
from veza.core.text_mining import HEADER, NO_AI_META
from veza.domains.marketplace.products.models.products import Product
from veza.domains.public_pages.heads.models import CARD_PX, PLAYER_WIDTH, PageHead

# The first parts of the addresses of public things, which are the second part; `web/src/routes.ts`
# lists all pages.
PUBLIC_SECTIONS = (
    "artists",
    "bundles",
    "clips",
    "live",
    "playlists",
    "posts",
    "products",
    "releases",
    "shows",
    "tracks",
)
# The pages on which payments are confirmed.
CHECKOUT = "checkout"
# The page of the link in a mail, at which `notifications/by_mail` takes what mail programs send.
UNSUBSCRIBE = "unsubscribe"

_MAX_DESCRIPTION = 200


def shorten(text: str) -> str:
    """Return a text on one line, cut at a word so that it fits a description."""
    line = " ".join(text.split())
    if len(line) <= _MAX_DESCRIPTION:
        return line
    cut = line[:_MAX_DESCRIPTION]
    return f"{cut.rpartition(' ')[0] or cut}…"


def format_duration(seconds: float) -> str:
    """Return a duration as schema.org writes it (ISO 8601)."""
    minutes, rest = divmod(round(seconds), 60)
    return f"PT{minutes}M{rest}S"


def list_offers(product: Product, moment: datetime) -> list[dict[str, str]]:
    """Return the prices of a product as offers of schema.org, its own currency first."""
    own = ProductPrice(product.currency, product.price_cents)
    availability = _availability_of(product, moment)
    return [
        offer(price.price_cents, price.currency, availability) for price in (own, *product.prices)
    ]


def offer(cents: int, currency: str, availability: str) -> dict[str, str]:
    """Return a price as an offer of schema.org."""
    return {
        "@type": "Offer",
        "price": f"{cents // 100}.{cents % 100:02d}",
        "priceCurrency": currency,
        "availability": f"https://schema.org/{availability}",
    }


def _availability_of(product: Product, moment: datetime) -> str:
    if product.is_sold_out:
        return "SoldOut"
    release = product.release
    publish_at = release and release.publish_at
    release_date = release and release.release_date
    is_scheduled = publish_at is not None and publish_at > moment
    is_to_come = release_date is not None and release_date > moment.date()
    return "PreOrder" if is_scheduled or is_to_come else "InStock"


def render_head(head: PageHead, base_url: str, site: str, *, is_reserved: bool = False) -> str:
    """Return the elements in the head of a page; `site` is the name of the site.

    `is_reserved`: its owner reserves text and data mining.
    """
    url = f"{base_url}{head.path}"
    properties = {
        "og:site_name": site,
        "og:type": head.kind,
        "og:title": head.title,
        "og:description": head.description,
        "og:url": url,
        **_describe_picture(head, base_url),
        "twitter:card": "summary" if head.player is None else "player",
        **_describe_sound(head, base_url),
    }
    lines = [
        f"<title>{escape(head.title)} · {escape(site)}</title>",
        f'<meta name="description" content="{escape(head.description)}">',
        f'<link rel="canonical" href="{escape(url)}">',
        *_list_properties(properties),
        *(
            line
            for path in head.musician_paths
            for line in _list_properties({"music:musician": f"{base_url}{path}"})
        ),
        *_link_alternates(head, base_url),
        f'<script type="application/ld+json">{_encode_data(head, url)}</script>',
    ]
    if not head.is_indexed:
        lines.append('<meta name="robots" content="noindex">')
    if is_reserved:
        lines += [f'<meta name="{HEADER}" content="1">', NO_AI_META]
    return "\n    ".join(lines)


def render_section_head(section: str, site: SiteIdentity, base_url: str) -> str:
    """Return the elements in the head of a page that lists things; `section` is "" for the first.

    `site` names and describes all of them. The picture is the application's.
    """
    title = f"{section.capitalize()} · {site.name}" if section else site.name
    properties = {
        "og:site_name": site.name,
        "og:type": "website",
        "og:title": title,
        "og:description": site.description,
        "og:url": f"{base_url}/{section}",
        "og:image": f"{base_url}{ICON_PATH}",
        "twitter:card": "summary",
    }
    return "\n    ".join(
        [
            f"<title>{escape(site.name)}</title>",
            f'<meta name="description" content="{escape(site.description)}">',
            *_list_properties(properties),
        ]
    )


def render_body(head: PageHead) -> str:
    """Return what browsers without scripts show."""
    return f"<main><h1>{escape(head.title)}</h1><p>{escape(head.description)}</p></main>"


def _describe_picture(head: PageHead, base_url: str) -> dict[str, str | None]:
    if head.image_url is not None or head.card_path is None:
        alt = None if head.image_url is None else head.image_alt or head.title
        return {"og:image": head.image_url, "og:image:alt": alt}
    width, height = CARD_PX
    return {
        "og:image": f"{base_url}{head.card_path}",
        "og:image:alt": head.title,
        "og:image:width": str(width),
        "og:image:height": str(height),
    }


def _list_properties(properties: Mapping[str, str | None]) -> list[str]:
    return [
        f'<meta property="{name}" content="{escape(value)}">'
        for name, value in properties.items()
        if value
    ]


def _describe_sound(head: PageHead, base_url: str) -> dict[str, str]:
    """Return the properties of the player and of the audio."""
    found: dict[str, str] = {}
    if head.player is not None:
        found |= {
            "twitter:player": f"{base_url}{head.player.path}",
            "twitter:player:width": str(PLAYER_WIDTH),
            "twitter:player:height": str(head.player.height),
        }
    if head.audio_path is not None:
        found |= {"og:audio": f"{base_url}{head.audio_path}", "og:audio:type": "audio/mp4"}
    return found


def _link_alternates(head: PageHead, base_url: str) -> list[str]:
    """Return the links to oEmbed and to the feed."""
    places: dict[str, str] = {}
    if head.has_oembed:
        asked = f"{base_url}/oembed?url={quote(f'{base_url}{head.path}', safe='')}"
        places["application/json+oembed"] = f"{asked}&format=json"
        places["text/xml+oembed"] = f"{asked}&format=xml"
    if head.feed_path is not None:
        places["application/rss+xml"] = f"{base_url}{head.feed_path}"
    return [
        f'<link rel="alternate" type="{kind}" title="{escape(head.title)}" href="{escape(url)}">'
        for kind, url in places.items()
    ]


def _encode_data(head: PageHead, url: str) -> str:
    named = {"name": head.title, "url": url, "image": head.image_url, **head.data}
    data: dict[str, Any] = {"@context": "https://schema.org"}
    data |= {name: value for name, value in named.items() if value is not None}
    text = msgspec.json.encode(data).decode()
    # Inside of a script element only `<` could end it, or begin a comment.
    return text.replace("<", "\\u003c")
