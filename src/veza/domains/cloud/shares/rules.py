"""A download counts from its first byte; of a link's token only the hash is stored."""

import hashlib
from datetime import datetime

from veza.core.signed_urls import Resource, UrlBuilder
from veza.core.structs import copy_fields
from veza.domains.cloud.shares.models import CreatedShare, PreparedShare, SharedFile, StoredShare


def hash_token(token: str) -> bytes:
    """Return the hash of a token, which is stored in its place."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def is_counted(share: StoredShare, first: int) -> bool:
    """Return whether reading from the byte `first` counts as a download.

    A later range belongs to a download that was counted. Limited downloads allow no ranges.
    """
    return first == 0 or share.max_downloads is not None


def share_url(token: str, urls: UrlBuilder) -> str:
    """Return the URL of a link."""
    return f"{urls.base}/cloud/shared/{token}"


def show_created(prepared: PreparedShare, expires_at: datetime, urls: UrlBuilder) -> CreatedShare:
    """Return a link that was just created."""
    share = prepared.share
    return copy_fields(
        CreatedShare,
        share,
        share_url=share_url(prepared.token, urls),
        token=prepared.token,
        expires_at=expires_at,
        is_protected=share.password_hash is not None,
    )


def show_shared(share: StoredShare, token: str, urls: UrlBuilder) -> SharedFile:
    """Return a file as shown by a link, whose password, if any, was checked."""
    url = f"{share_url(token, urls)}/download"
    if share.password_hash is not None:
        url += urls.signed_query(Resource.SHARED_FILE, token)
    return copy_fields(SharedFile, share, download_url=url)
