"""Exports that fail, or are built twice."""

import resource
from collections.abc import Callable, Iterator

import pytest

from tests import make
from tests.domains.privacy.archives_steps import unpack
from veza.app.domains import PERSONAL_DATA
from veza.app.services import Services
from veza.domains.contributions import PersonalData
from veza.domains.privacy import jobs, rules
from veza.domains.privacy.models import BuildExport
from veza.domains.privacy.service import PersonalDataContext


def _estate(services: Services, **parts: PersonalData) -> PersonalDataContext:
    return PersonalDataContext(dict(PERSONAL_DATA) | parts, services.storage)


def _doing(action) -> PersonalData:
    """A part that does something when it is asked for what it keeps, and keeps nothing."""

    async def export(conn, user_id):
        await action()

    return PersonalData((), export, PERSONAL_DATA["gear"].erase)


async def test_a_killed_worker_leaves_no_files_behind(client, services, ask, look, stored, work):
    export_id = (await ask()).json()["data"]["id"]
    left = services.settings.data_dir / "media" / "exports" / export_id / "1"
    async with services.database.transaction() as tx:
        await tx.run("update exports set status = 'running', tries = 1 where id = $1", export_id)
    left.mkdir(parents=True)
    # As the library calls what it is writing.
    (left / "archive.zip#1").write_bytes(b"half of it")

    await work()

    export = await look()
    assert export["status"] == "ready"
    assert not left.exists()
    place = left.parent
    assert [path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()] == [
        "2/archive.zip"
    ]
    assert "README.txt" in unpack((await client.get(export["url"])).content)


async def test_a_superseded_worker_does_no_harm(client, services, ask, look, ann, work):
    export_id = (await ask()).json()["data"]["id"]

    async def overtake() -> None:
        await jobs.build_export(services.database, _estate(services), BuildExport(export_id))

    slow = _estate(services, gear=_doing(overtake))
    await jobs.build_export(services.database, slow, BuildExport(export_id))

    export = await look()
    assert (export["status"], export["percent"]) == ("ready", 100)
    got = await client.get(export["url"])
    assert len(got.content) == export["size_bytes"]
    assert len(await make.told(services, ann)) == 1
    folder = services.settings.data_dir / "media" / "exports" / export_id
    assert [path.name for path in folder.iterdir()] == ["2"]


@pytest.fixture
def limited() -> Iterator[Callable[[], None]]:
    """Have no file be larger than 4 MiB from then on, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4 * 1024 * 1024, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.long
async def test_a_full_disk_fails_the_export_and_its_files_are_deleted(
    services, ask, look, ann, stored, work, limited
):
    async with services.database.transaction() as tx:
        gear_id = await make.gear_in(tx, ann.member)
    await make.gear_document(services, ann, gear_id, b"%PDF-1.7" + bytes(15_000_000))
    export_id = (await ask()).json()["data"]["id"]

    limited()
    await work()

    export = await look()
    assert (export["status"], export["failure_reason"]) == ("failed", rules.NO_SPACE)
    assert (export["url"], export["percent"]) == (None, 0)
    assert export_id not in stored()
    assert (await ask()).status_code == 202
