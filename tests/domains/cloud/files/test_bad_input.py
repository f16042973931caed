"""What nobody means well: names that are none, ids and tokens of others, in every route."""

import re
from urllib.parse import unquote

import pytest

from tests.support.references import read_document
from veza.core.ids import new_id

# Each with what is left of it, whether it comes with an upload or by renaming.
STRANGE = [
    ("a\x00b.wav", "ab.wav"),
    ("\u202ewav.exe", "wav.exe"),
    ("\u200f\u200eמיקס\u2067.wav", "מיקס.wav"),
    ("a\r\nSet-Cookie: b.wav", "aSet-Cookie: b.wav"),
    ("a\u2028b\x7f\x1b[2J.wav", "ab[2J.wav"),
    ('quo"te;filename=x.wav', 'quo"te;filename=x.wav'),
    ("%2e%2e%2f.wav", "%2e%2e%2f.wav"),
    ("CON", "CON"),
    ("🎛" * 250 + ".wav", "🎛" * 250 + ".wav"),
]
# Those of which nothing is left, or that lead elsewhere: uploads get another, renaming is refused.
NO_NAMES = ["..", ".", "\x00", "\u202e.\u202c.", " \t ", "a/../b/..", "x" * 10_000]
# What each route of a file is sent.
BODIES = {
    ("put", ""): {"json": {"name": "mine"}},
    ("put", "/content"): {"content": b"mine"},
    ("post", "/share"): {"json": {}},
}


@pytest.fixture
def rename(client, ann):
    async def put(file, name, status=200):
        path = f"cloud/files/{file['id']}"
        answer = await client.put(path, headers=ann.headers, json={"name": name})
        assert answer.status_code == status, answer.text
        return answer.json().get("data")

    return put


@pytest.mark.parametrize(("sent", "kept"), STRANGE, ids=lambda name: ascii(name)[:20])
async def test_a_strange_name_is_cleaned_and_goes_out_in_one_header(
    client, upload, rename, ann, sent, kept
):
    file = await upload(b"x", "plain.wav")
    assert (await rename(file, sent))["name"] == kept

    answer = await client.get(f"cloud/files/{file['id']}/download", headers=ann.headers)
    said = answer.headers["content-disposition"]
    assert said.isascii()
    assert re.fullmatch(r"attachment; filename=\"[^\"\\]*\"; filename\*=UTF-8''\S+", said)
    assert unquote(said.rpartition("''")[2]) == kept
    assert "set-cookie" not in answer.headers
    found = await client.get("cloud/files", params={"search": kept[-60:]}, headers=ann.headers)
    assert file["id"] in {each["id"] for each in found.json()["data"]["files"]}


@pytest.mark.parametrize("name", NO_NAMES, ids=lambda name: ascii(name)[:20])
async def test_what_is_no_name_is_refused_and_changes_nothing(client, upload, rename, ann, name):
    file = await upload(b"x", "plain.wav")
    await rename(file, name, 400)
    shown = await client.get(f"cloud/files/{file['id']}", headers=ann.headers)
    assert shown.json()["data"] == file


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("a\r\nb.wav", "ab.wav"), ("..", "upload"), ("a\u202eb.wav", "ab.wav"), ("/", "upload")],
    ids=ascii,
)
async def test_every_upload_gets_a_name(upload, sent, kept):
    assert (await upload(b"x", sent))["name"] == kept


@pytest.mark.parametrize("text", ["\x00", "\u202e", "..", "x" * 200, "%", "\\", "'; --", "𝕏"])
@pytest.mark.parametrize("name", ["search", "folder", "cursor"])
async def test_lists_take_whatever_is_asked_for(client, ann, name, text):
    answer = await client.get("cloud/files", params={name: text}, headers=ann.headers)
    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert answer.json()["data"]["files"] == []


async def test_others_get_at_a_file_by_no_route(client, upload, ann, bob):
    """Every route that names a file, as the document has them: none is forgotten here."""
    file = await upload(b"ann's", "hers.wav")
    home = f"cloud/files/{file['id']}"
    share = await client.post(f"{home}/share", headers=ann.headers, json={})
    ids = {"version": "1", "share_id": share.json()["data"]["id"]}
    routes = [
        (method, path.partition("{file_id}")[2].format(**ids))
        for path, operations in read_document()["paths"].items()
        if "{file_id}" in path and "/cloud/files/" in path
        for method in operations
    ]
    assert len(routes) >= 13
    for method, rest in routes:
        given = BODIES.get((method, rest), {})
        for whose, status in ((bob.headers, 404), ({}, 401)):
            answer = await client.request(method, f"{home}{rest}", headers=whose, **given)
            assert answer.status_code == status, (method, rest)
            assert "hers" not in answer.text
        for nowhere in (str(new_id()), "x", "..", "%00", file["id"].upper() + "0"):
            path = f"cloud/files/{nowhere}{rest}"
            answer = await client.request(method, path, headers=bob.headers, **given)
            assert answer.status_code in {404, 405}, (method, path)

    assert (await client.get(home, headers=ann.headers)).json()["data"] == file
    shares = await client.get(f"{home}/shares", headers=ann.headers)
    assert [each["id"] for each in shares.json()["data"]["shares"]] == [ids["share_id"]]


async def test_a_token_that_is_nearly_right_leads_nowhere(client, upload, ann):
    file = await upload(b"shared", "shared.wav")
    made = await client.post(f"cloud/files/{file['id']}/share", headers=ann.headers, json={})
    token = made.json()["data"]["token"]
    assert (await client.get(f"cloud/shared/{token}")).status_code == 200
    other = "A" if token[-1] != "A" else "B"
    nearly = [token[:-1], token + "A", token[:-1] + other, token.swapcase(), token[::-1]]
    nearly += [made.json()["data"]["id"], file["id"], f"{token}%00", f"%20{token}"]
    for guess in nearly:
        for path in (f"cloud/shared/{guess}", f"cloud/shared/{guess}/download"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "share_not_found"), guess
        said = {"token": guess, "password": "x"}
        answer = await client.post("cloud/shared/unlock", json=said)
        assert (answer.status_code, answer.json()["code"]) == (404, "share_not_found"), guess
