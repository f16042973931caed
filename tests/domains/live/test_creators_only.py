"""The setting that lets only creators go live."""

import httpx
import pytest
from msgspec import structs

from tests import make
from tests.domains.live.streams_steps import FORM
from tests.http.apps import assemble
from tests.support.addresses import BASE_URL
from veza.core.access import Role
from veza.infra.security.secrets import load_secrets


@pytest.fixture
async def strict(services):
    """The API of such a server, to its own ingest."""
    context = structs.replace(services.live, creators_only=True)
    _, app = assemble(structs.replace(services, live=context))
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/api/v1/") as made:
        yield made


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.USER, False), (Role.MODERATOR, False), (Role.CREATOR, True), (Role.ADMIN, True)],
)
async def test_who_may_go_live(settings, services, strict, role, may):
    someone = await make.person(services, role)
    answers = [
        await strict.post("live/streams", headers=someone.headers, json=FORM),
        await strict.get("live/streams/me/key", headers=someone.headers),
        await strict.post("live/streams/me/key/regenerate", headers=someone.headers),
    ]
    assert [answer.status_code for answer in answers] == ([201, 200, 200] if may else [403] * 3)
    if not may:
        assert {answer.json()["code"] for answer in answers} == {"may_not_stream"}

    # With a key from before, too.
    key = await make.stream_key(services, someone)
    knock = await strict.post(
        "live/hooks/publish",
        params={"secret": load_secrets(settings.data_dir).live_hooks},
        data={"name": key, "clientid": "7"},
    )
    assert knock.status_code == (302 if may else 403)
