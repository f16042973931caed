"""Signs URLs of objects in S3 (AWS Signature Version 4, in the query).

The storage library signs URLs too, but without the parameters that set headers of the response.
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

from veza.core.clock import now
from veza.infra.storage.buckets import Bucket, sign_text

# The signature covers headers and times to the second; the body isn't known when a URL is signed.
_UNSIGNED_BODY = "UNSIGNED-PAYLOAD"
_SAFE = "-_.~"


def presign(
    bucket: Bucket,
    key: str,
    *,
    expires_s: int,
    overrides: Mapping[str, str],
    at: datetime | None = None,
) -> str:
    """Return a URL that anybody can GET for `expires_s` seconds from `at`, by default from now.

    `overrides` are parameters such as `response-content-type`, and part of what is signed.
    """
    at = at or now()
    path = "/".join(part for part in (bucket.name, bucket.prefix, key) if part)
    url = f"{bucket.endpoint}/{quote(path, safe='/-_.~')}"
    scope = f"{at:%Y%m%d}/{bucket.region}/s3/aws4_request"
    moment = f"{at:%Y%m%dT%H%M%SZ}"
    parameters = {
        **overrides,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{bucket.key_id}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(expires_s),
        "X-Amz-SignedHeaders": "host",
    }
    if bucket.token is not None:
        parameters["X-Amz-Security-Token"] = bucket.token
    query = "&".join(
        f"{quote(name, safe=_SAFE)}={quote(value, safe=_SAFE)}"
        for name, value in sorted(parameters.items())
    )
    place = urlsplit(url)
    request = "\n".join(
        ["GET", place.path, query, f"host:{place.netloc}", "", "host", _UNSIGNED_BODY]
    )
    return f"{url}?{query}&X-Amz-Signature={sign_text(bucket, moment, scope, request)}"
