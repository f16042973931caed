"""A player of the tests: it calls `/rest/`, and holds answers against the published schemas."""

import functools
import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from tests import make
from tests.support.addresses import BASE_URL, own_address
from veza.app.services import Services
from veza.core.ids import TrackId
from veza.domains.music.discovery.queries import draws

type Json = dict[str, Any]

# The description of OpenSubsonic (opensubsonic/open-subsonic-api), in a folder near the project. It
# is data of others and work in progress, so it is not part of the project.
_ROOT = Path(__file__).parents[3]
SCHEMAS = next(
    (
        found
        for parent in _ROOT.parents[:2]
        for found in sorted(parent.glob("*/opensubsonic/openapi"))
    ),
    _ROOT / "opensubsonic",
)
# The schema of Subsonic itself, for answers in XML.
XML_SCHEMA = next(
    (
        found
        for parent in _ROOT.parents[:2]
        for found in sorted(parent.glob("*/opensubsonic/subsonic-rest-api-1.16.1.xsd"))
    ),
    None,
)


class Player:
    """Calls endpoints as one member, in JSON."""

    def __init__(self, http: httpx.AsyncClient, owner: make.Person, password: str) -> None:
        self.http = http
        self.owner = owner
        self.password = password

    @property
    def credentials(self) -> dict[str, str]:
        return {"u": self.owner.username, "p": self.password, "c": "tests", "v": "1.16.1"}

    async def send(self, name: str, /, **parameters: Any) -> httpx.Response:
        return await self.http.get(name, params=self.credentials | parameters)

    async def envelope(self, name: str, /, **parameters: Any) -> Json:
        """The whole answer, which fits the schema of its endpoint."""
        answer = await self.send(name, f="json", **parameters)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        ensure_valid(name.removesuffix(".view"), body)
        return body["subsonic-response"]

    async def get(self, name: str, /, **parameters: Any) -> Json:
        """What a call that succeeds answers."""
        found = await self.envelope(name, **parameters)
        assert found["status"] == "ok", found
        return found

    async def code(self, name: str, /, **parameters: Any) -> int:
        """The code with which a call fails."""
        found = await self.envelope(name, **parameters)
        assert found["status"] == "failed", found
        return found["error"]["code"]

    async def xml(self, name: str, /, **parameters: Any) -> str:
        answer = await self.send(name, **parameters)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/xml")
        return answer.text


async def list_album_ids(player: Player, size: int = 500, /, **given: Any) -> list[str]:
    """The albums of all pages of a list that isn't random."""
    found: list[str] = []
    while True:
        page = await player.get("getAlbumList2", size=size, offset=len(found), **given)
        if not page["albumList2"]["album"]:
            return found
        found += [album["id"] for album in page["albumList2"]["album"]]


def http_client(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(own_address(), 1234))
    return httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/rest/")


async def sounding_track(
    services: Services, owner: make.Person, title: str, **columns: object
) -> TrackId:
    """Make a track with the facts of its files, but without the files."""
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, owner.member, title, bitrate=900_000, **columns)
        sql = """
            insert into track_media (track_id, filename, original_kind, original_size,
                                     original_hash, stream_size, preview_size, cover_size)
                 values ($1, 'tape.flac', 'flac', 5000000, $2, 3000000, 100000, 9000)
        """
        await tx.run(sql, track_id, track_id.hex * 2)
        await draws.update_draw(tx, track_id)
        await make.keep_quiet(tx)
    return track_id


def ensure_valid(name: str, body: Json) -> None:
    """See that an answer fits the schema of its endpoint, where the schemas are at hand."""
    validator = _find_validator(name)
    if validator is not None:
        errors = [error.message for error in validator.iter_errors(body)]
        assert not errors, errors[:5]


def ensure_fits(name: str, content: Json) -> None:
    """See that a part of an answer fits a schema, where the schemas are at hand."""
    path = SCHEMAS / "schemas" / f"{name}.json"
    if path.is_file():
        schema = {"$ref": path.resolve().as_uri()}
        jsonschema_rs.Draft202012Validator(schema, retriever=_retrieve).validate(content)


def need_schemas() -> None:
    if not SCHEMAS.is_dir():
        pytest.skip("the schemas of OpenSubsonic are not on this machine")


@functools.cache
def _find_validator(name: str) -> Any:
    path = SCHEMAS / "endpoints" / f"{name}.json"
    if not path.is_file():
        return None
    described = json.loads(path.read_text())
    if "get" not in described:
        return None
    answers = described["get"]["responses"]["200"]
    if "$ref" in answers:
        path = (path.parent / answers["$ref"]).resolve()
        answers = json.loads(path.read_text())
    schema = answers["content"].get("application/json", {}).get("schema")
    if schema is None:
        return None
    place = (path.parent / schema["$ref"]).resolve()
    return jsonschema_rs.Draft202012Validator({"$ref": place.as_uri()}, retriever=_retrieve)


def _retrieve(uri: str) -> Any:
    return json.loads(Path(uri.removeprefix("file://")).read_text())
