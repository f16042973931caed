"""Decisions without I/O: everything here can be tested with plain values."""

import hashlib
from datetime import datetime, timedelta

from veza.domains.shares.models import CreatedShare, DrawnShare, SharedFile, StoredShare
from veza.domains.tracks.models import Links


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


def granted_text(token: str, expires: int) -> str:
    """Write what the signature of a protected link's download is made over."""
    return f"share:{token}:{expires}"


def share_url(token: str, links: Links) -> str:
    """Tell the address of a link."""
    return f"{links.base}/cloud/shared/{token}"


def show_created(drawn: DrawnShare, expires_at: datetime, links: Links) -> CreatedShare:
    """Show a link that was just made, to whoever made it."""
    share = drawn.share
    return CreatedShare(
        id=share.id,
        share_url=share_url(drawn.token, links),
        token=drawn.token,
        permissions=share.permissions,
        expires_at=expires_at,
        max_downloads=share.max_downloads,
        is_protected=share.password_hash is not None,
    )


def show_shared(share: StoredShare, token: str, links: Links) -> SharedFile:
    """Show a file to whoever has a link, and knows its password where it has one."""
    url = f"{share_url(token, links)}/download"
    if share.password_hash is not None:
        signature = links.sign(granted_text(token, links.expires))
        url = f"{url}?expires={links.expires}&signature={signature}"
    return SharedFile(
        name=share.name,
        size_bytes=share.size_bytes,
        content_type=share.content_type,
        permissions=share.permissions,
        expires_at=share.expires_at,
        download_url=url,
    )
