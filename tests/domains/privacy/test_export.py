"""Exports: request, content, download and expiry."""

import asyncio
import hashlib

import msgspec
import pytest

from tests import make
from tests.domains.privacy.archives_steps import unpack
from veza.app.domains import PERSONAL_DATA
from veza.core.ids import new_id
from veza.domains.contributions import PersonalData
from veza.domains.marketplace.invoices import service as invoices
from veza.domains.privacy import jobs, personal_data, rules
from veza.domains.privacy.models import BuildExport
from veza.domains.privacy.service import PersonalDataContext

PDF = b"%PDF-1.7 a receipt"


async def test_an_export_is_requested_notified_and_downloaded(
    client, services, ask, look, ann, work
):
    answer = await ask()
    assert answer.status_code == 202, answer.text
    asked = answer.json()["data"]
    assert (asked["status"], asked["percent"], asked["url"]) == ("waiting", 0, None)

    await work()
    await make.delivered(services)

    export = await look()
    assert (export["id"], export["status"], export["percent"]) == (asked["id"], "ready", 100)
    assert export["files_done"] == export["files_total"] == len(PERSONAL_DATA)
    listed = await client.get("notifications", headers=ann.headers)
    [told] = listed.json()["data"]["notifications"]
    assert (told["kind"], told["actors"]) == ("export_ready", [])
    assert told["export"] == {
        "id": export["id"],
        "url": export["url"],
        "expires_at": export["expires_at"],
    }
    got = await client.get(told["export"]["url"])
    assert got.status_code == 200
    assert got.headers["content-type"] == "application/zip"
    assert got.headers["content-disposition"].startswith('attachment; filename="veza-')
    assert got.headers["cache-control"] == "private, no-store"
    assert len(got.content) == export["size_bytes"]
    assert hashlib.sha256(got.content).hexdigest() == export["sha256"]
    part = await client.get(export["url"], headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, b"PK")


async def test_no_api_key_gets_the_url_of_an_export(client, services, ask, ann, work):
    await ask()
    await work()
    await make.delivered(services)
    key = await make.key_headers(services, ann)

    listed = await client.get("notifications", headers=key)
    [told] = listed.json()["data"]["notifications"]

    assert (told["kind"], told["export"]["url"]) == ("export_ready", None)


async def test_the_archive_is_complete_and_matches_its_checksums(
    client, services, ask, look, ann, work
):
    async with services.database.transaction() as tx:
        await make.post(tx, ann.member, "Out now, 夜のフェリー")
        gear_id = await make.gear_in(tx, ann.member)
        product_id = await make.product(tx, ann.member)
    document_id = await make.gear_document(services, ann, gear_id, PDF)
    file_id = await make.product_file(services, ann, product_id, b"wave" * 100_000)
    await ask()
    await work()

    files = unpack((await client.get((await look())["url"])).content)

    sums = files.pop("checksums").decode()
    assert sums == "".join(
        f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in files.items()
    )
    assert files[f"media/gear/{document_id}-Invoice.pdf"] == PDF
    assert files[f"media/products/{file_id}-Side A.wav"] == b"wave" * 100_000
    assert {path for path in files if path.startswith("data/")} == {
        f"data/{area}.json" for area in PERSONAL_DATA
    }
    assert "夜のフェリー" in files["data/posts.json"].decode()
    assert msgspec.json.decode(files["data/accounts.json"])["username"] == ann.username
    assert b"checksums" in files["README.txt"]
    assert b"argon2" not in b"".join(files.values())


@pytest.mark.long
async def test_the_archive_contains_the_buyers_invoices(
    client, services, ask, look, ann, bob, work
):
    async with services.database.transaction() as tx:
        bought = await make.paid_order(tx, ann.member, (bob.member, 1000))
        sold = await make.paid_order(tx, bob.member, (ann.member, 1000))
    made = await invoices.open_document(services.database, services.invoice_documents, bought)
    await invoices.open_document(services.database, services.invoice_documents, sold)
    await ask()
    await work()

    files = unpack((await client.get((await look())["url"])).content)

    media = {path: content for path, content in files.items() if path.startswith("media/")}
    assert media == {f"media/invoices/{bought}-invoice.pdf": made}


async def test_the_archive_contains_nothing_of_others(client, services, ask, look, ann, bob, work):
    async with services.database.transaction() as tx:
        await make.gear_in(tx, bob.member, "Not hers")
    await ask()
    await work()
    files = unpack((await client.get((await look())["url"])).content)
    content = b"".join(files.values()).decode()
    assert "Not hers" not in content
    assert f"{bob.username}@example.com" not in content


@pytest.mark.long
async def test_a_missing_file_is_listed_and_does_not_fail_the_export(
    client, services, ask, look, ann, work
):
    async with services.database.transaction() as tx:
        gear_id = await make.gear_in(tx, ann.member)
    gone = await make.gear_document(services, ann, gear_id, PDF)
    kept = await make.gear_document(services, ann, gear_id, PDF)
    await services.storage.delete_folder(f"gear/{gear_id}/{gone}")
    await ask()
    await work()

    files = unpack((await client.get((await look())["url"])).content)

    assert f"media/gear/{kept}-Invoice.pdf" in files
    assert f"media/gear/{gone}-Invoice.pdf" not in files
    assert f"- media/gear/{gone}-Invoice.pdf" in files["README.txt"].decode()


async def test_one_export_at_a_time_and_one_a_day(services, ask, bob, work):
    answers = await asyncio.gather(*(ask() for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "export_running"}
    assert (await ask(bob)).status_code == 202

    await work()

    again = await ask()
    assert (again.status_code, again.json()["code"]) == (429, "export_too_soon")
    assert 0 < int(again.headers["retry-after"]) <= 86_400
    async with services.database.transaction() as tx:
        await tx.run("update exports set created_at = created_at - interval '1 day'")
    assert (await ask()).status_code == 202


async def test_running_the_job_twice_builds_one_archive(client, services, ask, look, ann, work):
    export_id = (await ask()).json()["data"]["id"]
    await work()
    before = await look()
    await jobs.build_export(services.database, services.personal_data, BuildExport(export_id))
    await work()
    assert await look() == before
    assert len(await make.told(services, ann)) == 1


async def test_a_failed_export_leaves_no_files_and_can_be_requested_again(
    services, ask, look, ann, stored
):
    export_id = (await ask()).json()["data"]["id"]

    async def fail(conn, user_id):
        raise RuntimeError

    parts = dict(PERSONAL_DATA) | {"gear": PersonalData((), fail, PERSONAL_DATA["gear"].erase)}
    context = PersonalDataContext(parts, services.storage)
    with pytest.raises(RuntimeError):
        await jobs.build_export(services.database, context, BuildExport(export_id))
    assert (await look())["status"] == "running"
    assert export_id not in stored()
    await jobs.fail_export(services.database, BuildExport(export_id))

    assert export_id not in stored()
    export = await look()
    assert (export["status"], export["percent"], export["url"]) == ("failed", 0, None)
    assert export["failure_reason"] == rules.BUILD_FAILED
    assert (await ask()).status_code == 202


async def test_the_progress_is_shown(services, ask, look, ann):
    async with services.database.transaction() as tx:
        gear_id = await make.gear_in(tx, ann.member)
    await make.gear_document(services, ann, gear_id, PDF + bytes(20_000_000))
    export_id = (await ask()).json()["data"]["id"]
    seen = []

    async def peek(conn, user_id):
        seen.append(await look())

    parts = dict(PERSONAL_DATA)
    parts["accounts"] = PersonalData((), peek, parts["accounts"].erase)
    context = PersonalDataContext(parts, services.storage)
    await jobs.build_export(services.database, context, BuildExport(export_id))

    [during] = seen
    assert (during["status"], during["percent"]) == ("running", 0)
    assert during["files_total"] == len(PERSONAL_DATA) + 1
    assert (await look())["percent"] == 100


async def test_an_expired_export_is_deleted(client, services, ask, look, ann, stored, work):
    export_id = (await ask()).json()["data"]["id"]
    await work()
    await make.delivered(services)
    url = (await look())["url"]
    async with services.database.transaction() as tx:
        sql = "update exports set expires_at = now() - interval '1 second' where id = $1"
        await tx.run(sql, export_id)

    answer = await client.get(url)
    assert (answer.status_code, answer.json()["code"]) == (404, "export_not_found")
    listed = await client.get("notifications", headers=ann.headers)
    assert listed.json()["data"]["notifications"][0]["export"]["url"] is None
    assert export_id in stored()
    await jobs.sweep_exports(services.database)
    await work()

    assert export_id not in stored()
    export = await look()
    assert (export["status"], export["url"]) == ("expired", None)


async def test_a_url_opens_its_own_export_alone(client, services, ask, look, ann, bob, work):
    await ask()
    await ask(bob)
    await work()
    mine, other = await look(), await look(bob)
    signed = mine["url"].partition("?")[2]
    for url in (
        f"users/me/export/{mine['id']}/download",
        f"users/me/export/{other['id']}/download?{signed}",
        f"users/me/export/{mine['id']}/download?{signed}x",
        f"users/me/export/{mine['id']}/download?{signed.replace('expires=', 'expires=9')}",
        f"users/me/export/{new_id()}/download?{signed}",
    ):
        answer = await client.get(url, headers=ann.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "export_not_found")
    await make.suspended(services, ann)
    assert (await client.get(mine["url"])).status_code == 404


async def test_without_a_request_the_export_is_404(client, ann):
    answer = await client.get("users/me/export", headers=ann.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "export_not_found")


async def test_an_api_key_cannot_request_an_export(client, services, ann):
    headers = await make.key_headers(services, ann)
    for method in ("GET", "POST"):
        answer = await client.request(method, "users/me/export", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "key_not_allowed")


async def test_erasing_a_member_during_the_export_leaves_no_archive(
    services, ask, ann, stored, work
):
    export_id = (await ask()).json()["data"]["id"]

    async def erase(conn, user_id):
        async with services.database.transaction() as tx:
            await personal_data.erase(tx, ann.id)

    parts = dict(PERSONAL_DATA) | {"gear": PersonalData((), erase, PERSONAL_DATA["gear"].erase)}
    await jobs.build_export(
        services.database, PersonalDataContext(parts, services.storage), BuildExport(export_id)
    )
    await work()
    assert export_id not in stored()
