"""Links to files: who gets what by them, for how long, how often, and with which password."""

import asyncio
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests import make
from tests.domains.cloud.shares.content_steps import CONTENT
from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.cloud.shares import jobs, personal_data
from veza.domains.cloud.shares.models import MAX_SHARES
from veza.domains.cloud.shares.rules import hash_token


def path_of(url: str) -> str:
    """Give what comes behind the base of the API."""
    parts = urlsplit(url)
    return f"{parts.path.removeprefix('/api/v1/')}?{parts.query}".rstrip("?")


async def test_whoever_has_the_link_gets_the_file(client, share, file):
    made = await share(permissions="read", expires_in_hours=24)

    assert made["share_url"] == f"http://veza.test/api/v1/cloud/shared/{made['token']}"
    lasts = datetime.fromisoformat(made["expires_at"]) - now()
    assert timedelta(hours=23) < lasts <= timedelta(hours=24)
    answer = await client.get(path_of(made["share_url"]))
    assert answer.status_code == 200
    shown = answer.json()["data"]
    assert (shown["name"], shown["size_bytes"]) == ("Night Ferry.wav", len(CONTENT))
    got = await client.get(path_of(shown["download_url"]))
    assert (got.status_code, got.content) == (200, CONTENT)
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["content-security-policy"].startswith("sandbox")


async def test_what_is_told_of_a_link_stands_in_both_places(client, ann, file):
    path = f"cloud/files/{file['id']}/share"
    answer = (await client.post(path, headers=ann.headers, json={})).json()
    for key in ("share_url", "token", "expires_at"):
        assert answer[key] == answer["data"][key]
    assert answer["success"] is True


@pytest.mark.parametrize(
    "said",
    [
        {"permissions": "write"},
        {"permissions": None},
        {"expires_in_hours": 0},
        {"expires_in_hours": -1},
        {"expires_in_hours": 8760.1},
        {"expires_in_hours": "24"},
        {"max_downloads": 0},
        {"max_downloads": 2**31},
        {"password": ""},
        {"password": "x" * 129},
    ],
)
async def test_what_no_link_can_be_is_refused(share, said):
    assert (await share(400, **said))["code"] == "invalid_input"


@pytest.mark.parametrize("hours", [0.001, 0.5, 8760])
async def test_a_link_holds_for_parts_of_hours_too(client, share, hours):
    made = await share(expires_in_hours=hours)
    assert (await client.get(path_of(made["share_url"]))).status_code == 200


async def test_only_a_hash_of_the_token_is_kept(services, share):
    made = await share(password="Ferry")
    hashes = "select token_hash from file_shares where id = $1"
    passwords = "select password_hash from file_shares where id = $1"
    async with services.database.read() as conn:
        kept = await conn.value(bytes, hashes, made["id"])
        words = await conn.value(str, passwords, made["id"])
    assert kept == hash_token(made["token"])
    assert words is not None
    assert words.startswith("$argon2id$")


@pytest.mark.parametrize("token", ["x", "0" * 43, "..", "%00", "%F0%9F%94%A5", "a" * 5000])
async def test_a_guessed_token_leads_nowhere(client, token):
    for path in (f"cloud/shared/{token}", f"cloud/shared/{token}/download"):
        answer = await client.get(path)
        assert answer.status_code == 404


async def test_a_link_that_ended_leads_nowhere(client, share, expire):
    made = await share()
    await expire(made["id"])
    for path in (path_of(made["share_url"]), f"cloud/shared/{made['token']}/download"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "share_not_found")


async def test_links_are_listed_and_revoked(client, ann, bob, file, share, expire):
    first, second, third = [await share(max_downloads=n) for n in (1, 2, 3)]
    await expire(third["id"])
    path = f"cloud/files/{file['id']}/shares"

    listed = (await client.get(path, headers=ann.headers)).json()["data"]["shares"]
    assert [each["id"] for each in listed] == [second["id"], first["id"]]
    assert first["token"] not in str(listed)
    assert {(each["downloads"], each["is_protected"]) for each in listed} == {(0, False)}
    theirs = await client.delete(f"{path}/{first['id']}", headers=bob.headers)
    assert (theirs.status_code, theirs.json()["code"]) == (404, "share_not_found")
    answer = await client.delete(f"{path}/{first['id']}", headers=ann.headers)
    assert (answer.status_code, answer.json()["data"]) == (200, {"id": first["id"]})
    assert (await client.get(path_of(first["share_url"]))).status_code == 404
    again = await client.delete(f"{path}/{first['id']}", headers=ann.headers)
    assert again.status_code == 404
    listed = (await client.get(path, headers=ann.headers)).json()["data"]["shares"]
    assert [each["id"] for each in listed] == [second["id"]]


async def test_nobody_shares_what_is_somebody_elses(client, bob, file):
    for method, path in (("POST", "share"), ("GET", "shares"), ("DELETE", f"shares/{new_id()}")):
        given = {"json": {}} if method == "POST" else {}
        place = f"cloud/files/{file['id']}/{path}"
        answer = await client.request(method, place, headers=bob.headers, **given)
        assert answer.status_code == 404, path
        assert (await client.request(method, place, **given)).status_code == 401, path


async def test_so_many_downloads_are_given_and_no_more(client, ann, file, share):
    made = await share(max_downloads=2)
    path = f"cloud/shared/{made['token']}/download"
    assert (await client.head(path)).status_code == 200

    answers = await asyncio.gather(*(client.get(path) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 404, 404, 404, 404]
    assert (await client.get(path_of(made["share_url"]))).status_code == 404


async def test_a_limited_download_comes_whole(client, share):
    made = await share(max_downloads=2)
    path = f"cloud/shared/{made['token']}/download"
    answer = await client.get(path, headers={"Range": "bytes=1-"})
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["accept-ranges"] == "none"
    await client.get(path)
    assert (await client.get(path)).status_code == 404


async def test_parts_of_a_download_count_once(client, ann, file, share):
    made = await share()
    path = f"cloud/shared/{made['token']}/download"
    first = await client.get(path, headers={"Range": "bytes=0-99"})
    rest = await client.get(path, headers={"Range": "bytes=100-"})
    same = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert first.content + rest.content == CONTENT
    assert (first.status_code, rest.status_code, same.status_code) == (206, 206, 304)
    listed = await client.get(f"cloud/files/{file['id']}/shares", headers=ann.headers)
    assert [each["downloads"] for each in listed.json()["data"]["shares"]] == [1]


async def test_a_password_is_wanted_besides(client, share):
    made = await share(password="Überfahrt 🚢")
    token = made["token"]
    assert made["is_protected"] is True
    for path in (f"cloud/shared/{token}", f"cloud/shared/{token}/download"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "share_protected")
        assert "Night Ferry" not in answer.text

    async def unlock(password, token=token):
        said = {"token": token, "password": password}
        return await client.post("cloud/shared/unlock", json=said)

    wrong = await unlock("Uberfahrt")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_share_password")
    assert (await unlock("Überfahrt 🚢", "x")).status_code == 404
    right = await unlock("Überfahrt 🚢")
    assert right.status_code == 200
    path = path_of(right.json()["data"]["download_url"])
    assert (await client.get(path)).content == CONTENT
    assert (await client.get(path.replace("signature=", "signature=x"))).status_code == 403
    other = await share(password="Other")
    stolen = path.replace(token, other["token"])
    assert (await client.get(stolen)).status_code == 403


async def test_passwords_are_not_guessed(client, share):
    made = await share(password="Ferry")

    async def unlock(password):
        said = {"token": made["token"], "password": password}
        return await client.post("cloud/shared/unlock", json=said)

    for _ in range(10):
        assert (await unlock("Fairy")).status_code == 403
    answer = await unlock("Ferry")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_guesses")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_link_follows_the_file(client, ann, file, share):
    made = await share()
    path = f"cloud/files/{file['id']}"
    await client.put(f"{path}/content", headers=ann.headers, content=b"mastered")
    assert (await client.get(f"cloud/shared/{made['token']}/download")).content == b"mastered"
    await client.delete(path, headers=ann.headers)
    assert (await client.get(path_of(made["share_url"]))).status_code == 404
    await client.post(f"{path}/restore", headers=ann.headers)
    assert (await client.get(path_of(made["share_url"]))).status_code == 200
    await client.delete(f"{path}?forever=true", headers=ann.headers)
    assert (await client.get(path_of(made["share_url"]))).status_code == 404


async def test_links_of_who_is_suspended_lead_nowhere(client, services, ann, share):
    made = await share()
    await make.suspended(services, ann)
    assert (await client.get(path_of(made["share_url"]))).status_code == 404
    assert (await client.get(f"cloud/shared/{made['token']}/download")).status_code == 404
    await make.unsuspended(services, ann)
    assert (await client.get(path_of(made["share_url"]))).status_code == 200


async def test_a_file_has_so_many_links(services, file, share):
    sql = """
        insert into file_shares (id, file_id, token_hash, permissions, expires_at)
             select gen_random_uuid(), $1, sha256($2 || n::text::bytea), 'read',
                    now() + interval '1 hour'
               from generate_series(1, $3::integer) n
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, file["id"], new_id().bytes, MAX_SHARES - 1)
    await share()
    assert (await share(409))["code"] == "too_many_shares"


async def test_links_that_ended_long_ago_are_forgotten(services, share, expire):
    old, new = await share(), await share()
    await expire(old["id"], 31)
    await expire(new["id"], 29)

    await jobs.sweep_shares(services.database)

    sql = "select count(*) from file_shares where id = any($1)"
    async with services.database.read() as conn:
        assert await conn.value(int, sql, [old["id"], new["id"]]) == 1


async def test_links_are_handed_out_and_erased(services, ann, bob, share):
    made = await share(password="Ferry")
    async with services.database.transaction() as tx:
        [handed_out] = await personal_data.export(tx, ann.id)
        assert str(handed_out.id) == made["id"]
        await personal_data.erase(tx, bob.id)
        assert len(await personal_data.export(tx, ann.id)) == 1
        await personal_data.erase(tx, ann.id)
        assert await personal_data.export(tx, ann.id) == []


async def test_all_valid_links_of_a_member_are_listed_newest_first(
    client, services, share, file, ann
):
    made = [await share(max_downloads=3), await share(password="a secret"), await share()]

    async def ask(person, query=""):
        answer = await client.get(f"cloud/links{query}", headers=person.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    first = await ask(ann, "?limit=2")
    rest = await ask(ann, f"?limit=2&cursor={first['next_cursor']}")
    listed = first["shares"] + rest["shares"]
    assert [each["id"] for each in listed] == [each["id"] for each in reversed(made)]
    assert {(each["file_name"], each["file_id"]) for each in listed} == {
        ("Night Ferry.wav", file["id"])
    }
    assert [each["is_protected"] for each in listed] == [False, True, False]
    assert not any("token" in each for each in listed)
    assert (await ask(await make.person(services)))["shares"] == []
    path = f"cloud/files/{file['id']}"
    await client.delete(f"{path}/shares/{made[0]['id']}", headers=ann.headers)
    assert len((await ask(ann))["shares"]) == 2
    await client.delete(path, headers=ann.headers)
    assert (await ask(ann))["shares"] == []
