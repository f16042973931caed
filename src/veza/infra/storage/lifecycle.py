"""Reads the lifecycle rule of a bucket that aborts incomplete uploads.

The storage library has no call for this, so the request is signed here (AWS Signature Version 4).
"""

import hashlib
import re
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import httpx

from veza.core.clock import now
from veza.infra.storage.buckets import Bucket, LifecycleUnreadable, sign_text

_QUERY = "lifecycle="
_TIMEOUT_S = 10
_MAX_ANSWER = 1024 * 1024
_MINIO_DAYS = 1
_DAYS = re.compile(
    r"<AbortIncompleteMultipartUpload>\s*<DaysAfterInitiation>\s*(\d{1,6})\s*<", re.DOTALL
)
_ENABLED = re.compile(r"<Status>\s*Enabled\s*</Status>")


async def find_abort_days(bucket: Bucket) -> int | None:
    """Return after how many days the bucket aborts incomplete uploads, or None if it never does.

    Raises LifecycleUnreadable.
    """
    url = f"{bucket.endpoint}/{quote(bucket.name)}"
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            answer = await client.get(f"{url}?{_QUERY}", headers=sign(bucket, url, now()))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise LifecycleUnreadable(f"no answer ({type(error).__name__})") from error
    if answer.headers.get("server", "").startswith("MinIO"):
        # MinIO has no such rule; by default it aborts them itself.
        return _MINIO_DAYS
    if answer.status_code == HTTPStatus.NOT_FOUND and "NoSuchLifecycle" in answer.text:
        return None
    if answer.status_code != HTTPStatus.OK or len(answer.content) > _MAX_ANSWER:
        raise LifecycleUnreadable(f"the storage answers {answer.status_code}")
    return read_abort_days(answer.text, bucket.prefix)


def read_abort_days(rules: str, prefix: str) -> int | None:
    """Return the days of the earliest enabled rule that aborts all uploads below a prefix."""
    days: list[int] = []
    for written in rules.split("<Rule>")[1:]:
        rule = written.partition("</Rule>")[0]
        found = _DAYS.search(rule)
        below = rule.partition("<Prefix>")[2].partition("</Prefix>")[0]
        # Rules can be restricted to tags or sizes.
        is_for_all = "<Tag>" not in rule and "<ObjectSize" not in rule
        covers = prefix.startswith(below.strip().rstrip("/"))
        if found and _ENABLED.search(rule) and is_for_all and covers:
            days.append(int(found[1]))
    return min(days, default=None)


def sign(bucket: Bucket, url: str, at: datetime) -> dict[str, str]:
    """Return the signed headers of a GET of the lifecycle; `at` is in UTC."""
    moment = f"{at:%Y%m%dT%H%M%SZ}"
    scope = f"{moment[:8]}/{bucket.region}/s3/aws4_request"
    place = urlsplit(url)
    body_hash = hashlib.sha256(b"").hexdigest()
    headers = {"host": place.netloc, "x-amz-content-sha256": body_hash, "x-amz-date": moment}
    if bucket.token is not None:
        headers["x-amz-security-token"] = bucket.token
    names = ";".join(sorted(headers))
    lines = [f"{name}:{headers[name]}" for name in sorted(headers)]
    request = "\n".join(["GET", place.path, _QUERY, *lines, "", names, body_hash])
    signature = sign_text(bucket, moment, scope, request)
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={bucket.key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return headers
