"""Decisions without I/O: everything here can be tested with plain values."""

import hashlib
from datetime import datetime, timedelta

from veza.core.signed_urls import Resource, UrlBuilder
from veza.domains.cloud.shares.models import CreatedShare, DrawnShare, SharedFile, StoredShare


def hash_token(token: str) -> bytes:
    """Tell what is stored of a token: whoever reads the database can't use its links."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def lifetime(hours: float) -> timedelta:
    """Tell for how long a link holds."""
    return timedelta(hours=hours)


def guess_key(share: StoredShare) -> str:
    """Tell under which key wrong passwords of a link are counted."""
    return f"share:{share.id}"


def is_counted(share: StoredShare, first: int) -> bool:
    """Tell whether reading from a byte on is a download: later parts belong to one that began.

    Where downloads are limited there are no parts.
    """
    return first == 0 or share.max_downloads is not None


def share_url(token: str, urls: UrlBuilder) -> str:
    """Tell the address of a link."""
    return f"{urls.base}/cloud/shared/{token}"


def show_created(drawn: DrawnShare, expires_at: datetime, urls: UrlBuilder) -> CreatedShare:
    """Show a link that was just made, to whoever made it."""
    share = drawn.share
    return CreatedShare(
        id=share.id,
        share_url=share_url(drawn.token, urls),
        token=drawn.token,
        permissions=share.permissions,
        expires_at=expires_at,
        max_downloads=share.max_downloads,
        is_protected=share.password_hash is not None,
    )


def show_shared(share: StoredShare, token: str, urls: UrlBuilder) -> SharedFile:
    """Show a file to whoever has a link, and knows its password where it has one."""
    url = f"{share_url(token, urls)}/download"
    if share.password_hash is not None:
        url += urls.signed_query(Resource.SHARED_FILE, token)
    return SharedFile(
        name=share.name,
        size_bytes=share.size_bytes,
        content_type=share.content_type,
        permissions=share.permissions,
        expires_at=share.expires_at,
        download_url=url,
    )
