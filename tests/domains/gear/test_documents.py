"""Documents of gear: how they come in and out, what is refused without a trace, when they go."""

import asyncio
import hashlib
from uuid import uuid4

import pytest
from msgspec import structs

from tests import make
from tests.domains.gear.forms_steps import PDF
from tests.http.apps import replaced
from veza.core.ids import GearDocumentId, GearId, new_id
from veza.domains.gear import rules, service
from veza.domains.gear.errors import GearNotFound
from veza.domains.gear.models import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, DocumentForm, DocumentRef
from veza.domains.platform.uploads.models import PreparedForm, QuotaLimit, StorageKind
from veza.infra.media.documents import TEXT

UPLOADS = "select count(*) from uploads where parent_id = $1"
DOCUMENTS = "select count(*) from gear_documents where gear_id = $1"
JPEG, PNG = b"\xff\xd8\xff\xe0" + bytes(20), b"\x89PNG\r\n\x1a\n" + bytes(20)
WEBP, GIF = b"RIFF\0\0\0\0WEBPVP8 ", b"GIF89a" + bytes(20)


async def chunks_of(*chunks):
    for chunk in chunks:
        yield chunk


async def test_a_document_comes_out_as_it_went_in(call, create, upload, services):
    gear = await create()
    content = PDF + bytes(range(256)) * 9_000

    answer = await upload(gear["id"], "Rechnung 夜.pdf", content, type="invoice")

    assert answer.status_code == 201, answer.text
    shown = answer.json()["data"]
    assert (shown["name"], shown["type"]) == ("Rechnung 夜.pdf", "invoice")
    assert (shown["content_type"], shown["size_bytes"]) == ("application/pdf", len(content))
    assert (shown["gear_id"], shown["repair_id"]) == (gear["id"], None)
    got = await call("GET", f"gear/{gear['id']}/documents/{shown['id']}/download")
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'


async def test_no_browser_runs_what_is_downloaded(call, create, upload):
    gear = await create()
    page = b"<html><script>alert(1)</script></html>"
    shown = (await upload(gear["id"], "page.html", page)).json()["data"]

    got = await call("GET", f"gear/{gear['id']}/documents/{shown['id']}/download")

    assert got.headers["content-type"] == f"{TEXT}; charset=utf-8"
    assert got.headers["content-disposition"].startswith('attachment; filename="page.html"')
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert got.headers["cache-control"].startswith("private")


async def test_a_part_of_a_document_is_given(client, ann, create, upload):
    gear = await create()
    shown = (await upload(gear["id"], "a.txt", b"0123456789")).json()["data"]
    headers = ann.headers | {"Range": "bytes=2-4"}
    path = f"inventory/gear/{gear['id']}/documents/{shown['id']}/download"
    part = await client.get(path, headers=headers)
    assert (part.status_code, part.content) == (206, b"234")
    assert part.headers["content-range"] == "bytes 2-4/10"


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("a.exe", PDF, "application/pdf"),
        ("a.pdf", JPEG, "image/jpeg"),
        ("a.pdf", PNG, "image/png"),
        ("a.pdf", WEBP, "image/webp"),
        ("a.pdf", GIF, "image/gif"),
        ("a.pdf", b"x", TEXT),
        ("a.csv", "Größe;Preis\r\n\t1;2\n".encode() * 9_000, TEXT),
        ("a.svg", b"<svg onload='alert(1)'/>", TEXT),
        ("a.txt", "\ufeffmit BOM".encode(), TEXT),
    ],
)
async def test_bytes_tell_what_a_document_is(create, upload, name, content, content_type):
    gear = await create()
    answer = await upload(gear["id"], name, content)
    assert answer.json()["data"]["content_type"] == content_type


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\0\x03",
        b"PK\x03\x04" + bytes(40),
        b"\x7fELF",
        b"\xff\xfea\0b\0",
        "Größe".encode("latin-1"),
        b"text, and then\0nothing",
        b"a" * 200_000 + b"\xff",
        b"a" * 200_000 + "é".encode()[:1],
        b" %PDF-1.7\0",
        b"fLaC\0\0\0\x22",
    ],
)
async def test_what_is_no_document_is_refused_without_a_trace(
    create, upload, stored, count, content
):
    gear, before = await create(), stored()
    answer = await upload(gear["id"], "Invoice.pdf", content)
    assert (answer.status_code, answer.json()["code"]) == (415, "not_a_document")
    assert stored() == before
    assert await count(UPLOADS, gear["id"]) == await count(DOCUMENTS, gear["id"]) == 0


async def test_text_may_be_split_inside_a_character(services):
    letters = "é夜🎛".encode()
    ref = DocumentRef(GearId(new_id()), GearDocumentId(new_id()))
    pieces = [b"a" * 64, *(letters[n : n + 1] for n in range(len(letters)))]
    file = await service.store_document(services.storage, ref, "a.txt", chunks_of(*pieces))
    assert (file.content_type, file.size_bytes) == (TEXT, 64 + len(letters))
    await services.storage.delete_folder(rules.folder_of(ref.gear_id))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\papers\\a.pdf", "a.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("..", ".."),
    ],
)
async def test_names_are_kept_as_words(create, upload, name, kept):
    gear = await create()
    assert (await upload(gear["id"], name)).json()["data"]["name"] == kept


async def test_what_is_refused_leaves_nothing(call, create, upload, stored, count):
    gear, before = await create(), stored()
    path = f"gear/{gear['id']}/documents"
    file = ("a.pdf", PDF)
    large = PDF + bytes(MAX_DOCUMENT_BYTES)
    for answer, status, code in (
        (await upload(gear["id"], content=b""), 400, "gear_document_empty"),
        (await upload(gear["id"], content=large), 413, "gear_document_too_large"),
        (await upload(gear["id"], content=bytes(21 << 20)), 413, "body_too_large"),
        (await call("POST", path, files={"other": file}), 400, "gear_document_missing"),
        (await call("POST", path, files={"file": (None, "x")}), 400, "gear_document_missing"),
        (await call("POST", path, files=[("file", file)] * 2), 400, "invalid_input"),
        (await call("POST", path, files={"file": file, "type": file}), 400, "invalid_input"),
        (await upload(gear["id"], type="x" * 51), 400, "invalid_input"),
        (await upload(gear["id"], repair_id="none"), 400, "invalid_input"),
        (await upload(gear["id"], repair_id=""), 400, "invalid_input"),
        (await upload(gear["id"], repair_id=str(uuid4())), 404, "repair_not_found"),
        (await upload(gear["id"], type="a\0b"), 400, "unstorable_text"),
        (await upload(uuid4()), 404, "gear_not_found"),
        (await call("POST", path, json={"file": "a"}), 415, "unsupported_media_type"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert stored() == before
    assert await count(UPLOADS, gear["id"]) == await count(DOCUMENTS, gear["id"]) == 0


async def test_a_document_may_have_twenty_mebibytes(create, upload):
    gear = await create()
    content = PDF + bytes(MAX_DOCUMENT_BYTES - len(PDF))
    answer = await upload(gear["id"], content=content)
    assert answer.json()["data"]["size_bytes"] == MAX_DOCUMENT_BYTES


async def test_a_document_is_of_an_item_or_of_one_of_its_repairs(call, create, repair, upload):
    gear, other = await create(), await create()
    mended, elsewhere = await repair(gear["id"]), await repair(other["id"])
    of_item = (await upload(gear["id"], type="manual")).json()["data"]
    of_repair = (await upload(gear["id"], repair_id=mended["id"])).json()["data"]
    refused = await upload(gear["id"], repair_id=elsewhere["id"])
    assert (refused.status_code, refused.json()["code"]) == (404, "repair_not_found")

    async def ids(query):
        answer = await call("GET", f"gear/{gear['id']}/documents{query}")
        return [document["id"] for document in answer.json()["data"]["documents"]]

    assert (of_item["repair_id"], of_repair["repair_id"]) == (None, mended["id"])
    assert of_repair["type"] == "other"
    assert await ids("") == [of_repair["id"], of_item["id"]]
    assert await ids(f"?repair_id={mended['id']}") == [of_repair["id"]]
    answer = await call("GET", f"gear/{gear['id']}/documents?repair_id={elsewhere['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "repair_not_found")


@pytest.mark.parametrize(
    ("said", "kept"), [("", "other"), (" \n", "other"), (" A  word ", "A word")]
)
async def test_any_word_is_a_type(create, upload, said, kept):
    gear = await create()
    assert (await upload(gear["id"], type=said)).json()["data"]["type"] == kept


async def test_fields_may_come_before_the_file_or_after_it(call, create, repair):
    gear = await create()
    mended = await repair(gear["id"])
    file, said = ("file", ("a.pdf", PDF)), ("repair_id", (None, mended["id"]))
    for parts in ([file, said], [said, file]):
        answer = await call("POST", f"gear/{gear['id']}/documents", files=parts)
        assert answer.json()["data"]["repair_id"] == mended["id"]


async def test_the_list_goes_on_from_page_to_page_the_latest_first(call, create, upload):
    gear = await create()
    ids = [(await upload(gear["id"])).json()["data"]["id"] for _ in range(5)]

    seen, cursor = [], ""
    for _ in range(3):
        page = (await call("GET", f"gear/{gear['id']}/documents?limit=2{cursor}")).json()["data"]
        seen += [document["id"] for document in page["documents"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == ids[::-1]
    assert page["has_more"] is False


async def test_the_url_of_a_document_needs_no_token_and_opens_no_other(client, create, upload, bob):
    gear = await create()
    one, other = [(await upload(gear["id"])).json()["data"] for _ in range(2)]
    signed = one["url"].partition("?")[2]
    path = f"inventory/gear/{gear['id']}/documents"

    assert (await client.get(one["url"])).content == PDF
    assert (await client.get(one["url"], headers=bob.headers)).content == PDF
    for url in (
        f"{path}/{one['id']}/download",
        f"{path}/{other['id']}/download?{signed}",
        f"{path}/{one['id']}/download?{signed}0",
        f"{path}/{one['id']}/download?{signed.replace('expires=', 'expires=9')}",
        f"inventory/gear/{uuid4()}/documents/{one['id']}/download?{signed}",
    ):
        answer = await client.get(url)
        assert (answer.status_code, answer.json()["code"]) == (404, "gear_document_not_found")


async def test_the_url_of_somebody_suspended_opens_nothing(client, services, ann, create, upload):
    gear = await create()
    url = (await upload(gear["id"])).json()["data"]["url"]
    await make.suspended(services, ann)
    assert (await client.get(url)).status_code == 404
    await make.unsuspended(services, ann)
    assert (await client.get(url)).status_code == 200


async def test_a_deleted_document_goes_with_its_file(call, create, upload, stored, work):
    gear, other = await create(), await create()
    gone, kept = [(await upload(gear["id"])).json()["data"]["id"] for _ in range(2)]
    elsewhere = await call("DELETE", f"gear/{other['id']}/documents/{gone}")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "gear_document_not_found")
    path = f"gear/{gear['id']}/documents/{gone}"

    answers = await asyncio.gather(*(call("DELETE", path) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [200, 404, 404]
    await work()
    assert {gone, kept} & stored() == {kept}
    assert (await call("GET", f"{path}/download")).status_code == 404


async def test_a_deleted_item_takes_its_documents_along(call, create, upload, stored, work):
    gear, other = await create(), await create()
    gone = (await upload(gear["id"])).json()["data"]["id"]
    kept = (await upload(other["id"])).json()["data"]["id"]

    await call("DELETE", f"gear/{gear['id']}")
    await work()

    assert {gone, kept} & stored() == {kept}


async def test_an_item_has_room_for_so_many_documents(services, create, upload, count):
    gear = await create()
    sql = """
        insert into gear_documents (id, gear_id, type, name, content_type, size_bytes, sha256)
             select gen_random_uuid(), $1, 'other', 'a', 'a/b', 1, repeat('0', 64)
               from generate_series(1, $2)
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, gear["id"], MAX_DOCUMENTS - 1)

    answers = await asyncio.gather(*(upload(gear["id"]) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert await count(DOCUMENTS, gear["id"]) == MAX_DOCUMENTS
    assert await count(UPLOADS, gear["id"]) == 0


async def test_all_documents_of_a_member_take_so_much_at_most(
    app, services, create, upload, stored, bob
):
    gear, other = await create(), await create()
    theirs = await create(by=bob)
    limits = {**services.uploads.limits, StorageKind.GEAR_DOCUMENTS: QuotaLimit(25)}
    with replaced(app, structs.replace(services.uploads, limits=limits)):
        first = await upload(gear["id"], content=b"%PDF-" + bytes(5))
        before = stored()
        answers = await asyncio.gather(
            *(upload(one["id"], content=b"%PDF-" + bytes(5)) for one in (gear, other, other))
        )
        assert first.status_code == 201
        assert sorted(answer.status_code for answer in answers) == [201, 413, 413]
        # What is left while others upload depends on what they have reserved; then it doesn't.
        refused = [answer for answer in answers if answer.status_code == 413]
        refused.append(await upload(gear["id"], content=b"%PDF-" + bytes(5)))
        assert {answer.json()["code"] for answer in refused} == {"gear_documents_full"}
        details = refused[-1].json()["details"]
        assert details == [{"field": "file", "message": "5 bytes are left."}]
        assert len(stored() - before) == 1
        assert (await upload(theirs["id"], by=bob, content=b"%PDF-")).status_code == 201


async def test_an_upload_whose_item_is_deleted_meanwhile_leaves_nothing(
    call, create, services, ann, stored, count
):
    gear, before = await create(), stored()

    async def chunks():
        assert (await call("DELETE", f"gear/{gear['id']}")).status_code == 200
        yield PDF

    form = PreparedForm(DocumentForm(), "a.pdf", chunks())
    with pytest.raises(GearNotFound):
        await service.upload_document(
            services.uploads, ann.member, gear["id"], form=form, urls=make.NO_LINKS
        )
    assert stored() == before
    assert await count(UPLOADS, gear["id"]) == 0
