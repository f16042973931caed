"""Files over HTTP: how they come in, are found, go out, and whose they are."""

import asyncio
import hashlib

import pytest

from tests import make
from tests.domains.cloud.files.upload_steps import some_bytes
from veza.core.access import Scope
from veza.core.clock import now
from veza.core.ids import new_id
from veza.core.pages import Cursor, encode_cursor
from veza.domains.cloud.files import file_uploads
from veza.domains.cloud.files.models import CloudFileForm
from veza.domains.platform.uploads.models import PreparedForm

NAMES = [
    ("mix.wav", "mix.wav"),
    ("../../etc/passwd", "passwd"),
    ("夜のフェリー.flac", "夜のフェリー.flac"),
    ("a\u202egnp.exe", "agnp.exe"),
    ("x" * 3000 + ".wav", "x" * 251 + ".wav"),
    ("..", "upload"),
]


async def test_a_file_comes_back_as_it_came(client, upload, ann):
    content = some_bytes(300_000)

    file = await upload(content, "Night Ferry.wav", folder="Mixes/2026")

    assert (file["name"], file["folder"]) == ("Night Ferry.wav", "Mixes/2026")
    assert (file["version"], file["size_bytes"]) == (1, len(content))
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert file["trashed_at"] is None
    answer = await client.get(f"cloud/files/{file['id']}/download", headers=ann.headers)
    assert (answer.status_code, answer.content) == (200, content)
    shown = await client.get(f"cloud/files/{file['id']}", headers=ann.headers)
    assert shown.json()["data"] == file


async def test_a_download_runs_nowhere_and_comes_in_parts(client, upload, ann):
    page = b"<!doctype html><script>alert(1)</script>"
    file = await upload(page, "page.html")
    path = f"cloud/files/{file['id']}/download"

    answer = await client.get(path, headers=ann.headers | {"Range": "bytes=2-8"})

    assert (answer.status_code, answer.content) == (206, page[2:9])
    assert answer.headers["content-disposition"].startswith('attachment; filename="page.html"')
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    same = ann.headers | {"If-None-Match": answer.headers["etag"]}
    assert (await client.get(path, headers=same)).status_code == 304
    beyond = ann.headers | {"Range": "bytes=1000-"}
    assert (await client.get(path, headers=beyond)).status_code == 416
    assert (await client.head(path, headers=ann.headers)).headers["content-length"] == "40"


async def test_an_empty_file_is_a_file(client, upload, ann):
    file = await upload(b"", "empty")
    assert (file["size_bytes"], file["content_type"]) == (0, "application/octet-stream")
    answer = await client.get(f"cloud/files/{file['id']}/download", headers=ann.headers)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(("sent", "kept"), NAMES)
async def test_names_are_kept_as_words(upload, sent, kept):
    assert (await upload(name=sent))["name"] == kept


@pytest.mark.parametrize("folder", ["..", "a/../b", "x" * 300, "a/" * 600])
async def test_folders_that_mean_something_else_are_refused(upload, stored, work, folder):
    await work()
    before = stored()
    refusal = await upload(folder=folder, status=400)
    assert refusal["code"] == "invalid_input"
    await work()
    assert stored() == before


async def test_bytes_tell_the_type_and_not_the_name(upload):
    assert (await upload(b"%PDF-1.7\n", "mix.wav"))["content_type"] == "application/pdf"
    assert (await upload(b"Just words", "mix.wav"))["content_type"] == "text/plain"


async def test_what_is_refused_leaves_nothing(client, upload, ann, stored, count, work):
    await work()
    before = stored()
    for given, code in (
        ({"files": {"cover": ("a", b"x")}}, "file_missing"),
        ({"files": {"file": (None, "x")}}, "file_missing"),
        ({"files": [("file", ("a", b"x")), ("file", ("b", b"y"))]}, "invalid_input"),
    ):
        answer = await client.post("cloud/files", headers=ann.headers, **given)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    answer = await client.post("cloud/files", headers=ann.headers, json={"file": "a"})
    assert answer.status_code == 415
    await work()
    assert stored() == before
    assert await count("select count(*) from files where owner_id = $1", ann.id) == 0


async def test_lists_go_on_by_cursor_and_narrow_down(client, upload, ann):
    for n in range(5):
        await upload(name=f"Mix {n}.wav", folder="Mixes" if n % 2 else "")

    async def ask(**query):
        answer = await client.get("cloud/files", headers=ann.headers, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()["data"]
        return [file["name"] for file in page["files"]], page["next_cursor"]

    first, cursor = await ask(limit=2)
    second, cursor = await ask(limit=2, cursor=cursor)
    third, end = await ask(limit=2, cursor=cursor)
    assert first + second + third == [f"Mix {n}.wav" for n in (4, 3, 2, 1, 0)]
    assert end is None
    assert await ask(folder="/Mixes/") == (["Mix 3.wav", "Mix 1.wav"], None)
    assert (await ask(folder=""))[0] == ["Mix 4.wav", "Mix 2.wav", "Mix 0.wav"]
    assert (await ask(search="MIX 3"))[0] == ["Mix 3.wav"]
    assert (await ask(search="ix 3"))[0] == ["Mix 3.wav"]
    assert (await ask(search="%"))[0] == []
    assert (await ask(search="_ix"))[0] == []
    assert (await ask(trashed=True))[0] == []


async def test_lists_are_sorted_by_name_without_regard_to_case(client, upload, ann):
    for name in ("b.wav", "Élan.wav", "A.wav", "c.wav", "a.wav", "B.wav"):
        await upload(name=name, folder="" if name == "c.wav" else "Mixes")
    names = ["A.wav", "a.wav", "b.wav", "B.wav", "c.wav", "Élan.wav"]

    async def ask(**query):
        query |= {"sort_by": "name", "limit": 2}
        seen, pages = [], 0
        while query.get("cursor", "") is not None:
            answer = await client.get("cloud/files", headers=ann.headers, params=query)
            page = answer.json()["data"]
            seen += [file["name"] for file in page["files"]]
            query["cursor"], pages = page["next_cursor"], pages + 1
        return seen, pages

    assert await ask() == (names, 3)
    assert await ask(folder="Mixes") == ([name for name in names if name != "c.wav"], 3)
    assert await ask(search="wav") == (names, 3)
    assert await ask(trashed=True) == ([], 1)


async def test_a_cursor_is_of_one_order(client, upload, ann):
    for _ in range(2):
        await upload()

    async def ask(status=200, **query):
        query["limit"] = 1
        answer = await client.get("cloud/files", headers=ann.headers, params=query)
        assert answer.status_code == status, answer.text
        return answer.json().get("data", answer.json())

    newest, named = await ask(), await ask(sort_by="name")
    assert (await ask(400, cursor=named["next_cursor"]))["code"] == "bad_cursor"
    refused = await ask(400, cursor=newest["next_cursor"], sort_by="name")
    assert refused["code"] == "bad_cursor"
    strange = encode_cursor(Cursor(now(), new_id(), "name", "a\0b"))
    assert (await ask(400, cursor=strange, sort_by="name"))["code"] == "bad_cursor"
    assert (await ask(400, sort_by="size"))["code"] == "invalid_input"


async def test_folders_are_listed_that_hold_something(client, upload, ann):
    for folder in ("", "Mixes/2026", "Mixes", "Mixes", "Alone"):
        file = await upload(folder=folder)
    await client.delete(f"cloud/files/{file['id']}", headers=ann.headers)

    async def ask(**query):
        answer = await client.get("cloud/folders", headers=ann.headers, params=query)
        page = answer.json()["data"]
        return [(f["folder"], f["files_count"]) for f in page["folders"]], page["next_cursor"]

    assert await ask() == ([("", 1), ("Mixes", 2), ("Mixes/2026", 1)], None)
    first, cursor = await ask(limit=2)
    assert first == [("", 1), ("Mixes", 2)]
    assert await ask(limit=2, cursor=cursor) == ([("Mixes/2026", 1)], None)
    for cursor in ("x", "_w", "*"):
        answer = await client.get(f"cloud/folders?cursor={cursor}", headers=ann.headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), cursor


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "limit=101", "folder=..", "trashed=2"])
async def test_lists_refuse_what_they_do_not_know(client, ann, query):
    assert (await client.get(f"cloud/files?{query}", headers=ann.headers)).status_code == 400


async def test_a_file_is_renamed_and_moved(client, upload, ann):
    file = await upload(name="mix.wav", folder="Mixes")
    path = f"cloud/files/{file['id']}"

    async def put(said, status=200):
        answer = await client.put(path, headers=ann.headers, json=said)
        assert answer.status_code == status, answer.text
        return answer.json().get("data")

    assert (await put({"name": "Élan.wav"}))["folder"] == "Mixes"
    moved = await put({"folder": "/Done/2026/"})
    assert (moved["name"], moved["folder"]) == ("Élan.wav", "Done/2026")
    assert (await put({}))["name"] == "Élan.wav"
    found = await client.get("cloud/files?search=elan", headers=ann.headers)
    assert [each["id"] for each in found.json()["data"]["files"]] == [file["id"]]
    for said in ({"name": "../a"}, {"name": ""}, {"name": "x" * 256}, {"name": "."}):
        await put(said, 400)
    for said in ({"folder": ".."}, {"folder": None}, {"name": 1}):
        await put(said, 400)


async def test_one_file_may_be_called_like_another(upload):
    one, other = await upload(name="a", folder="b"), await upload(name="a", folder="b")
    assert one["id"] != other["id"]


async def test_nobody_gets_at_what_is_somebody_elses(client, upload, ann, bob, count):
    file = await upload()
    path = f"cloud/files/{file['id']}"
    for method, place, given in (
        ("GET", path, {}),
        ("PUT", path, {"json": {"name": "mine"}}),
        ("DELETE", path, {}),
        ("DELETE", f"{path}?forever=true", {}),
        ("POST", f"{path}/restore", {}),
        ("GET", f"{path}/download", {}),
        ("GET", f"{path}/download?version=1", {}),
        ("PUT", f"{path}/content", {"content": b"mine"}),
        ("GET", f"{path}/versions", {}),
        ("POST", f"{path}/versions", {}),
        ("DELETE", f"{path}/versions/1", {}),
        ("POST", f"{path}/restore/1", {}),
    ):
        answer = await client.request(method, place, headers=bob.headers, **given)
        assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found"), place
        nowhere = place.replace(file["id"], str(new_id()))
        missing = await client.request(method, nowhere, headers=bob.headers, **given)
        assert (missing.status_code, missing.json()["code"]) == (404, "file_not_found"), place
        assert (await client.request(method, place, **given)).status_code == 401, place
    assert await count("select count(*) from file_versions where file_id = $1", file["id"]) == 1
    listed = await client.get("cloud/files", headers=bob.headers)
    assert listed.json()["data"] == {"files": [], "next_cursor": None, "has_more": False}


async def test_keys_reach_as_far_as_their_scope(client, services, upload, ann):
    file = await upload()
    reading = await make.key_headers(services, ann, Scope.READ)
    path = f"cloud/files/{file['id']}"
    assert (await client.get(f"{path}/download", headers=reading)).status_code == 200
    assert (await client.delete(path, headers=reading)).status_code == 403


async def test_the_same_content_is_stored_once_and_told_nobody(
    client, services, upload, ann, bob, stored, work, count
):
    content = some_bytes(5000)
    mine = await upload(content)
    await work()
    before = stored()

    theirs = await upload(content, by=bob)

    unlike = {"id", "created_at", "updated_at"}
    assert {name for name in mine if mine[name] != theirs[name]} == unlike
    await work()
    assert stored() == before
    assert await count("select refs from blobs where sha256 = $1", mine["sha256"]) == 2
    answer = await client.get(f"cloud/files/{theirs['id']}/download", headers=bob.headers)
    assert answer.content == content


async def test_the_same_content_sent_by_many_at_once_is_stored_once(
    upload, stored, work, count, services
):
    content = some_bytes(100_000)
    people = [await make.person(services) for _ in range(6)]
    await work()
    before = stored()

    files = await asyncio.gather(*(upload(content, by=person) for person in people))

    await work()
    assert len(stored() - before) == 1
    assert await count("select refs from blobs where sha256 = $1", files[0]["sha256"]) == 6


async def test_an_upload_that_breaks_off_leaves_nothing(services, ann, stored, work, count):
    await work()
    before = stored()

    async def chunks():
        yield bytes(2_000_000)
        raise ConnectionError

    form = PreparedForm(CloudFileForm(), "a.bin", chunks())
    with pytest.raises(ConnectionError):
        await file_uploads.upload_file(services.uploads, services.cloud_storage, ann.member, form)
    assert stored() == before
    assert await count("select count(*) from uploads where owner_id = $1", ann.id) == 0


async def test_who_was_suspended_meanwhile_stores_nothing(client, services, upload, ann, stored):
    file = await upload()
    await make.suspended(services, ann)
    answer = await client.get(f"cloud/files/{file['id']}", headers=ann.headers)
    assert answer.status_code in {401, 403}


async def test_only_a_pdf_is_shown_and_only_in_a_sandbox(client, upload, ann):
    for content, name, expected in (
        (b"%PDF-1.4\n", "score.txt", ("application/pdf", "inline")),
        (b"<script>alert(1)</script>", "score.pdf", ("application/octet-stream", "attachment")),
    ):
        file = await upload(content, name)
        path = f"cloud/files/{file['id']}/download"
        answer = await client.get(f"{path}?show=true", headers=ann.headers)
        kind, _, _ = answer.headers["content-disposition"].partition(";")
        assert (answer.headers["content-type"], kind) == expected
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        saved = await client.get(path, headers=ann.headers)
        assert saved.headers["content-disposition"].startswith("attachment")
