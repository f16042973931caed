"""What the ingest makes of the API's answers, also of those that no API gave."""

import httpx
import pytest

from veza.infra.ingest.hooks import Hooks, NotAdmitted, Publishing, Reason

ENCODER = Publishing("live_key", "icecast-1")


def hooks_answering(answer: httpx.Response) -> Hooks:
    made = Hooks("http://127.0.0.1/", "secret", "ways-1")
    transport = httpx.MockTransport(lambda _: answer)
    made._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/")
    return made


@pytest.mark.parametrize(
    "location", [None, "", "rtmp://127.0.0.1/inner/", "rtmp://[/inner/name", "/"]
)
async def test_an_admission_without_a_name_of_media_is_no_answer(location):
    headers = {} if location is None else {"location": location}
    hooks = hooks_answering(httpx.Response(302, headers=headers))
    with pytest.raises(NotAdmitted) as raised:
        await hooks.admit(ENCODER)
    assert raised.value.reason is Reason.UNAVAILABLE


async def test_an_admission_names_the_media():
    answer = httpx.Response(302, headers={"location": "rtmp://127.0.0.1/inner/0197f3b2"})
    assert await hooks_answering(answer).admit(ENCODER) == "0197f3b2"


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"data": {}}', b'{"data": "\xff"}', b"[]"])
async def test_a_key_that_cannot_be_read_is_no_answer(content):
    hooks = hooks_answering(httpx.Response(200, content=content))
    with pytest.raises(NotAdmitted) as raised:
        await hooks.unlock("member", b"material")
    assert raised.value.reason is Reason.UNAVAILABLE


@pytest.mark.parametrize(
    ("status", "content", "reason"),
    [
        (403, b'{"code": "already_publishing"}', Reason.IN_USE),
        (403, b'{"code": "publish_refused"}', Reason.REFUSED),
        (403, b"<html>", Reason.REFUSED),
        (502, b"<html>", Reason.UNAVAILABLE),
    ],
)
async def test_a_refusal_has_a_reason(status, content, reason):
    hooks = hooks_answering(httpx.Response(status, content=content))
    with pytest.raises(NotAdmitted) as raised:
        await hooks.admit(ENCODER)
    assert raised.value.reason is reason
