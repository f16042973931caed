"""Resumable uploads whose length is told later (tus 1.0, `creation-defer-length`)."""

import base64

import pytest

from tests import make
from tests.support.addresses import BASE_URL
from veza.core.access import Role

_TUS = {"tus-resumable": "1.0.0"}
_CHUNK = _TUS | {"content-type": "application/offset+octet-stream"}
_DEFERRED = {"upload-defer-length": "1"}
_NAMES = "purpose Y2xvdWRfZmlsZQ==,filename YS5iaW4="


@pytest.fixture
async def member(services):
    return await make.person(services, Role.CREATOR)


@pytest.fixture
def begin(client, member):
    async def send(headers, *, content=b"", metadata=_NAMES):
        given = _CHUNK if content else _TUS
        wanted = given | member.headers | {"upload-metadata": metadata} | headers
        return await client.post("uploads", headers=wanted, content=content)

    return send


@pytest.fixture
def append(client, member):
    async def send(url, offset, content, **headers):
        wanted = _CHUNK | member.headers | {"upload-offset": str(offset)} | headers
        return await client.patch(url, headers=wanted, content=content)

    return send


def _length(size):
    return {"upload-length": str(size)}


def _address_of(answer):
    return f"{BASE_URL}{answer.headers['upload-result']}"


async def _reserved(services, member):
    sql = "select reserved_bytes from uploads where owner_id = $1"
    async with services.database.read() as conn:
        return await conn.column(int, sql, member.id)


async def test_the_length_may_come_with_any_bytes_or_after_all_of_them(
    begin, append, client, member, services
):
    assert "creation-defer-length" in (await client.options("uploads")).headers["tus-extension"]
    for first, second in ((b"", b"abcdef"), (b"abc", b"def"), (b"abcdef", b"")):
        begun = await begin(_DEFERRED, content=first)
        assert begun.status_code == 201, begun.text
        url = begun.headers["location"]
        head = (await client.head(url, headers=_TUS | member.headers)).headers
        assert (head["upload-defer-length"], head["upload-offset"]) == ("1", str(len(first)))
        assert "upload-length" not in head
        shown = (await client.get(url, headers=member.headers)).json()["data"]
        assert (shown["state"], shown["length_bytes"]) == ("receiving", None)
        assert (await append(url, len(first), b"")).status_code == 204
        last = await append(url, len(first), second, **_length(6))
        assert last.status_code == 204, last.text
        assert "upload-defer-length" not in last.headers
        assert last.headers["upload-length"] == "6"
        found = await client.get(_address_of(last), headers=member.headers)
        assert found.json()["data"]["size_bytes"] == 6
        assert await _reserved(services, member) == []


async def test_it_reserves_what_there_is_and_then_what_is_needed(
    begin, append, client, member, services
):
    most = services.settings.upload_max_bytes
    url = (await begin(_DEFERRED)).headers["location"]
    assert await _reserved(services, member) == [most]
    assert (await append(url, 0, b"abc", **_length(10))).status_code == 204
    assert await _reserved(services, member) == [10]
    for size in (3, 9, 11):
        refused = await append(url, 3, b"", **_length(size))
        assert (refused.status_code, refused.json()["code"]) == (400, "length_fixed")
    assert (await append(url, 3, b"d", **_length(10))).headers["upload-offset"] == "4"
    await client.delete(url, headers=member.headers)


async def test_its_length_has_the_bounds_of_all_uploads(begin, append, client, member, services):
    left = 20
    sql = """
        insert into storage_usage (user_id, kind, bytes, objects) values ($1, 'images', $2, 0)
        on conflict (user_id, kind) do update set bytes = excluded.bytes
    """
    quota = services.settings.image_quota_bytes
    async with services.database.transaction() as tx:
        await tx.run(sql, member.id, quota - left)
        await make.keep_quiet(tx)
    image = f"purpose {base64.b64encode(b'image').decode()},filename YS5wbmc="
    url = (await begin(_DEFERRED, metadata=image)).headers["location"]
    assert await _reserved(services, member) == [left]
    full = await begin(_DEFERRED, metadata=image)
    assert (full.status_code, full.json()["code"]) == (413, "quota_exceeded")
    refused = await append(url, 0, bytes(left + 1))
    assert refused.json()["code"] == "too_many_bytes"
    refused = await append(url, 0, b"", **_length(left + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "quota_exceeded")
    most = services.settings.upload_max_bytes
    refused = await append(url, 0, b"", **_length(most + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
    assert (await append(url, 0, bytes(left))).headers["upload-offset"] == str(left)
    refused = await append(url, left, b"", **_length(left - 1))
    assert refused.json()["code"] == "length_fixed"
    await client.delete(url, headers=member.headers)


async def test_a_part_may_tell_its_length_later(begin, append, client, member):
    urls = []
    for content in (b"ab", b"cd"):
        part = {"upload-concat": "partial"} | _DEFERRED
        url = (await begin(part, metadata="")).headers["location"]
        urls.append(url)
        unfinished = await begin({"upload-concat": f"final;{url}"})
        assert unfinished.json()["code"] == "parts_unfinished"
        assert (await append(url, 0, content, **_length(2))).status_code == 204
    joined = await begin({"upload-concat": f"final;{' '.join(urls)}"})
    found = await client.get(_address_of(joined), headers=member.headers)
    assert found.json()["data"]["size_bytes"] == 4


async def test_a_creation_has_a_length_or_defers_it(begin):
    for headers in ({}, _DEFERRED | _length(3), {"upload-defer-length": "2"}):
        refused = await begin(headers)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input"), headers
