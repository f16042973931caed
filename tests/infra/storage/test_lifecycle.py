"""Rules of a bucket: asked of a real S3 by a signed request, and read."""

import hashlib
import hmac
from collections.abc import Callable, Iterator

import httpx
import pytest
from msgspec import structs

from tests.seaweed import Seaweed
from veza.core.clock import now
from veza.infra.storage import lifecycle
from veza.infra.storage.buckets import Bucket, LifecycleUnreadable, find_bucket
from veza.infra.storage.lifecycle import find_abort_days, read_abort_days

ABORT = (
    "<AbortIncompleteMultipartUpload><DaysAfterInitiation>{}</DaysAfterInitiation>"
    "</AbortIncompleteMultipartUpload>"
)


def rule(days: int | None = 2, *, below: str = "", status: str = "Enabled", more: str = "") -> str:
    what = "<Expiration><Days>9</Days></Expiration>" if days is None else ABORT.format(days)
    filtered = f"<Filter><Prefix>{below}</Prefix>{more}</Filter>"
    return f"<Rule><ID>a</ID><Status>{status}</Status>{filtered}{what}</Rule>"


@pytest.fixture
def bucket(s3: Seaweed) -> Bucket:
    return find_bucket(s3.url("veza"), {})


@pytest.fixture
def set_rules(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the rules of the bucket, signed by the same code with another method and body."""

    def put(method: str, content: bytes = b"") -> None:
        url = f"{bucket.endpoint}/{bucket.name}"
        headers = _sign_change(bucket, method, url, content)
        answer = httpx.request(method, f"{url}?lifecycle=", headers=headers, content=content)
        assert answer.is_success, answer.text

    def set_to(rules: str) -> None:
        put("PUT", f"<LifecycleConfiguration>{rules}</LifecycleConfiguration>".encode())

    yield set_to
    put("DELETE")


def _sign_change(bucket: Bucket, method: str, url: str, content: bytes) -> dict[str, str]:
    moment = f"{now():%Y%m%dT%H%M%SZ}"
    scope = f"{moment[:8]}/{bucket.region}/s3/aws4_request"
    digest = hashlib.sha256(content).hexdigest()
    host, _, path = url.removeprefix("http://").partition("/")
    names = "host;x-amz-content-sha256;x-amz-date"
    request = (
        f"{method}\n/{path}\nlifecycle=\nhost:{host}\nx-amz-content-sha256:{digest}\n"
        f"x-amz-date:{moment}\n\n{names}\n{digest}"
    )
    hashed = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{bucket.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return {
        "x-amz-content-sha256": digest,
        "x-amz-date": moment,
        "authorization": f"AWS4-HMAC-SHA256 Credential={bucket.key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}",
    }


async def test_a_bucket_is_asked_for_its_rules(
    bucket: Bucket, set_rules: Callable[[str], None]
) -> None:
    assert await find_abort_days(bucket) is None
    set_rules(rule(None))
    assert await find_abort_days(bucket) is None
    set_rules(rule(2))
    assert await find_abort_days(bucket) == 2


async def test_why_rules_cannot_be_read_is_said(bucket: Bucket) -> None:
    with pytest.raises(LifecycleUnreadable, match="answers 403"):
        await find_abort_days(structs.replace(bucket, secret="wrong"))
    with pytest.raises(LifecycleUnreadable, match="no answer"):
        await find_abort_days(structs.replace(bucket, endpoint="http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ("", None),
        (rule(None), None),
        (rule(3), 3),
        (rule(3) + rule(1), 1),
        (rule(3, status="Disabled"), None),
        (rule(3, below="veza/"), 3),
        (rule(3, below="veza/tracks"), None),
        (rule(3, below="other"), None),
        (rule(3, more="<Tag><Key>a</Key><Value>b</Value></Tag>"), None),
        (f"<Rule><Status>Enabled</Status>{ABORT.format(7)}</Rule>", 7),
    ],
)
def test_only_a_rule_that_holds_for_all_uploads_counts(rules: str, days: int | None) -> None:
    assert read_abort_days(f"<LifecycleConfiguration>{rules}", "veza") == days


def test_a_bucket_is_found_as_the_storage_finds_it() -> None:
    environ = {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_REGION": "eu-central-1",
    }
    assert find_bucket("s3://media/veza", environ) == Bucket(
        "https://s3.eu-central-1.amazonaws.com",
        "media",
        "veza",
        "eu-central-1",
        "key",
        "secret",
        "token",
    )
    told = find_bucket("s3://media?endpoint=https://s3.example/&region=auto", environ)
    assert (told.endpoint, told.region, told.prefix) == ("https://s3.example", "auto", "")
    with pytest.raises(LifecycleUnreadable, match="AWS_ACCESS_KEY_ID"):
        find_bucket("s3://media/veza", {})
    with pytest.raises(LifecycleUnreadable, match="gs://"):
        find_bucket("gs://media/veza", environ)


def test_a_request_is_signed_as_amazon_documents_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example "GET Bucket Lifecycle" of Amazon's documentation of Signature Version 4."""
    bucket = Bucket(
        endpoint="https://examplebucket.s3.amazonaws.com",
        name="",
        prefix="",
        region="us-east-1",
        key_id="AKIAIOSFODNN7EXAMPLE",
        secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    at = now().replace(year=2013, month=5, day=24, hour=0, minute=0, second=0)
    headers = lifecycle.sign(bucket, "https://examplebucket.s3.amazonaws.com/", at)
    assert headers["authorization"].endswith(
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    )
