"""S3 buckets of storage URLs, and signatures of requests to them (AWS Signature Version 4)."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct


class LifecycleUnreadable(Exception):
    """The lifecycle rules can't be read; the text gives the reason."""


class Bucket(Struct, frozen=True):
    """An S3 bucket and its credentials."""

    endpoint: str
    name: str
    prefix: str
    region: str
    key_id: str
    secret: str
    token: str | None = None


def find_bucket(url: str, environ: Mapping[str, str] = os.environ) -> Bucket:
    """Return the bucket of a storage URL. Raises LifecycleUnreadable for other storages.

    Credentials come from the URL or the environment, as for the storage itself.
    """
    scheme, place, path, query, _ = urlsplit(url)
    if scheme not in {"s3", "s3a"}:
        raise LifecycleUnreadable(f"rules of {scheme}:// can't be read")
    options = {name.removeprefix("aws_"): value for name, value in parse_qsl(query)}

    def find(*names: str) -> str | None:
        values = [options.get(name) for name in names]
        values += [environ.get(f"AWS_{name.upper()}") for name in names]
        return next(filter(None, values), None)

    key_id = find("access_key_id")
    secret = find("secret_access_key")
    if key_id is None or secret is None:
        raise LifecycleUnreadable("no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set")
    region = find("region", "default_region") or "us-east-1"
    endpoint = find("endpoint", "endpoint_url") or f"https://s3.{region}.amazonaws.com"
    return Bucket(
        endpoint=endpoint.rstrip("/"),
        name=place,
        prefix=path.strip("/"),
        region=region,
        key_id=key_id,
        secret=secret,
        token=find("session_token", "token"),
    )


def sign_text(bucket: Bucket, moment: str, scope: str, request: str) -> str:
    """Return the signature of a canonical request (AWS Signature Version 4)."""
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, digest])
    key = f"AWS4{bucket.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
