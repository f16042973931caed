"""Files of products: how they come in, what is refused without a trace, and when they go."""

import asyncio
import hashlib

import pytest
from msgspec import structs

from tests.domains.marketplace.products.forms_steps import ordered
from tests.http.apps import replaced
from veza.domains.marketplace.products import file_uploads
from veza.domains.marketplace.products import rules as product_rules
from veza.domains.marketplace.products import shared_queries as product_queries
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.marketplace.products.models.files import MAX_FILES
from veza.domains.platform.uploads.models import FileForm, PreparedForm

UPLOADS = "select count(*) from uploads where parent_id = $1"
FILES = "select count(*) from product_files where product_id = $1"


async def test_a_file_is_stored_unchanged(services, create, upload):
    product = await create()
    content = bytes(range(256)) * 20_000

    answer = await upload(product["id"], "Side A.flac", content)

    assert answer.status_code == 201, answer.text
    shown = answer.json()["data"]
    assert (shown["name"], shown["size_bytes"]) == ("Side A.flac", len(content))
    assert shown["content_type"] == "audio/flac"
    async with services.database.read() as conn:
        (file,) = await product_queries.list_files(conn, [product["id"]])
    key = product_rules.file_key(file.product_id, file.id)
    assert await services.storage.read_all(key) == content
    assert file.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("name", "kept", "content_type"),
    [
        ("a.WAV", "a.WAV", "audio/wav"),
        ("../../etc/passwd", "passwd", "application/octet-stream"),
        ("C:\\loops\\kick.zip", "kick.zip", "application/zip"),
        ("夜のフェリー.mp3", "夜のフェリー.mp3", "audio/mpeg"),
        ("page.html", "page.html", "text/html"),
        ("nothing", "nothing", "application/octet-stream"),
        ("x" * 300 + ".wav", "x" * 251 + ".wav", "audio/wav"),
    ],
)
async def test_file_names_are_cleaned_and_determine_the_type(
    create, upload, name, kept, content_type
):
    product = await create()
    shown = (await upload(product["id"], name)).json()["data"]
    assert (shown["name"], shown["content_type"]) == (kept, content_type)


async def test_files_come_in_the_order_in_which_they_were_added(client, create, upload, seller):
    product = await create()
    for name in ("b.wav", "a.wav", "b.wav"):
        await upload(product["id"], name)

    answer = await client.get(f"marketplace/products/{product['id']}", headers=seller.headers)

    assert [file["name"] for file in answer.json()["data"]["files"]] == ["b.wav", "a.wav", "b.wav"]


async def test_files_added_concurrently_are_all_stored(create, upload, count):
    product = await create()
    answers = await asyncio.gather(*(upload(product["id"], f"{n}.wav") for n in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert await count(FILES, product["id"]) == 8


async def test_a_refused_upload_leaves_nothing(
    app, client, services, create, upload, seller, stored, count
):
    product, before = await create(), stored()
    path = f"marketplace/products/{product['id']}/files"
    with replaced(app, structs.replace(services.product_files, max_file_bytes=100)):
        for answer, status, code in (
            (await upload(product["id"], content=b""), 400, "product_file_empty"),
            (await upload(product["id"], content=bytes(101)), 413, "product_file_too_large"),
            (await upload(product["id"], content=bytes(200_000)), 413, "body_too_large"),
            (
                await client.post(path, headers=seller.headers, files={"cover": ("a", b"x")}),
                400,
                "product_file_missing",
            ),
            (
                await client.post(path, headers=seller.headers, files={"file": (None, "x")}),
                400,
                "product_file_missing",
            ),
            (
                await client.post(
                    path,
                    headers=seller.headers,
                    files=[("file", ("a", b"x")), ("file", ("b", b"y"))],
                ),
                400,
                "invalid_input",
            ),
        ):
            assert (answer.status_code, answer.json()["code"]) == (status, code)
        answer = await client.post(path, headers=seller.headers, json={"file": "a"})
        assert answer.status_code == 415
    assert stored() == before
    assert await count(UPLOADS, product["id"]) == await count(FILES, product["id"]) == 0


async def test_a_product_has_a_maximum_number_of_files(
    services, create, upload, count, client, seller
):
    product = await create()
    sql = """
        insert into product_files (id, product_id, name, size_bytes, content_type, sha256, position)
             select gen_random_uuid(), $1, 'a', 1, 'a/b', repeat('0', 64), n
               from generate_series(1, $2) n
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, product["id"], MAX_FILES - 1)

    answers = await asyncio.gather(*(upload(product["id"]) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert await count(FILES, product["id"]) == MAX_FILES
    assert await count(UPLOADS, product["id"]) == 0


async def test_a_file_is_taken_out_of_a_draft(client, create, upload, seller, stored, work):
    product = await create()
    gone = (await upload(product["id"], "a.wav")).json()["data"]["id"]
    kept = (await upload(product["id"], "b.wav")).json()["data"]["id"]
    path = f"marketplace/products/{product['id']}/files/{gone}"

    answer = await client.delete(path, headers=seller.headers)

    assert [file["id"] for file in answer.json()["data"]["files"]] == [kept]
    again = await client.delete(path, headers=seller.headers)
    assert (again.status_code, again.json()["code"]) == (404, "product_file_not_found")
    await work()
    assert {kept, gone} & stored() == {kept}


async def test_a_file_is_taken_only_out_of_its_own_product(client, create, upload, seller, count):
    product, another = await create(), await create()
    file_id = (await upload(product["id"])).json()["data"]["id"]
    path = f"marketplace/products/{another['id']}/files/{file_id}"
    answer = await client.delete(path, headers=seller.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "product_file_not_found")
    assert await count(FILES, product["id"]) == 1


async def test_an_ordered_product_keeps_its_files_and_gets_more(
    client, services, create, upload, seller, count
):
    product = await create()
    file_id = (await upload(product["id"])).json()["data"]["id"]
    await upload(product["id"])
    path = f"marketplace/products/{product['id']}"
    await client.put(path, headers=seller.headers, json={"status": "published"})
    await ordered(services, product["id"])

    answer = await client.delete(f"{path}/files/{file_id}", headers=seller.headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "product_ordered")
    assert (await upload(product["id"])).status_code == 201
    assert await count(FILES, product["id"]) == 3


async def test_an_upload_whose_product_is_deleted_meanwhile_leaves_nothing(
    client, services, create, seller, stored
):
    product, before = await create(), stored()
    path = f"marketplace/products/{product['id']}"

    async def chunks():
        assert (await client.delete(path, headers=seller.headers)).status_code == 200
        yield b"wave"

    form = PreparedForm(FileForm(), "a.wav", chunks())
    with pytest.raises(ProductNotFound):
        await file_uploads.upload_file(
            services.uploads, seller.member, product["id"], form=form, max_bytes=1000
        )
    assert stored() == before
