"""Encrypted backups: what is stored, what can be verified without the key, and what is refused."""

import shutil
from pathlib import Path

import pyrage
import pytest

from tests import make
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.security import age
from veza.launcher.embedded_engines import start_empty_engines
from veza.operations.backups.create import create_backup
from veza.operations.backups.keys import BackupKeys, derive_server_key, find_backup_keys
from veza.operations.backups.repository import (
    DATABASE,
    LISTING,
    SECRETS,
    Damaged,
    Repository,
    open_repository,
)
from veza.operations.backups.restore import restore_backup
from veza.operations.backups.verify import VerifiedBackups, verify_backups

KEY, OTHER = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
# More than a chunk of age, and not a multiple of it.
CONTENT = b"A song that nobody else may hear. " * 5000


@pytest.fixture
async def server_key(services):
    yield derive_server_key(services.keys)
    async with services.database.transaction() as tx:
        await tx.run("delete from backup_attempts where target like '%/encrypted'")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "encrypted"


def open_with(folder: Path, **keys) -> Repository:
    return open_repository(str(folder), BackupKeys(**keys))


def stored_objects(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("objects/*/*")}


@pytest.mark.long
async def test_a_backup_is_encrypted_for_its_recipients(services, folder, server_key):
    await make.cloud_file(services, await make.person(services), content=CONTENT)
    encrypting = open_with(folder, recipients=[str(KEY.to_public())], server=server_key)
    first, _ = await create_backup(services, encrypting, keep=0)
    copies = stored_objects(folder)
    # Nothing is copied again, and the server knows which copies are still listed.
    second, deleted = await create_backup(services, encrypting, keep=1)
    assert deleted == 1
    assert stored_objects(folder) == copies
    files = {name: (folder / "backups" / second.id / name).read_bytes() for name in second.files}
    for content in (*copies.values(), *files.values()):
        assert content.startswith(b"age-encryption.org/v1\n")
        assert CONTENT[:100] not in content
    assert CONTENT in [pyrage.decrypt(content, [KEY]) for content in copies.values()]
    secrets_file = services.settings.data_dir / SECRETS
    assert pyrage.decrypt(files[SECRETS], [KEY]) == secrets_file.read_bytes()
    # The key of the server opens the listing, and nothing else.
    assert pyrage.decrypt(files[LISTING], [server_key.identity])
    for content in (*copies.values(), files[DATABASE], files[SECRETS]):
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(content, [server_key.identity])
    # For another key everything is copied anew.
    changed = open_with(folder, recipients=[str(OTHER.to_public())], server=server_key)
    await create_backup(services, changed, keep=1)
    assert stored_objects(folder).keys().isdisjoint(copies)
    await verify_and_damage(services, folder, server_key)
    assert first.server == second.server


async def verify_and_damage(services, folder: Path, server_key) -> None:
    """Verify a backup that is encrypted for OTHER, and damage it."""
    expectations = [
        ({"identities": [OTHER]}, VerifiedBackups(complete=1, undecrypted=0, unlisted=0)),
        ({"server": server_key}, VerifiedBackups(complete=1, undecrypted=1, unlisted=0)),
        ({}, VerifiedBackups(complete=0, undecrypted=1, unlisted=1)),
    ]
    for keys, expected in expectations:
        repository = open_with(folder, **keys)
        [manifest] = await repository.list_backups()
        assert await verify_backups(repository, [manifest]) == expected
    nowhere = Settings(data_dir=folder / "restored")
    for repository, sentence in [
        (open_with(folder, identities=[KEY], server=server_key), f"for {OTHER.to_public()}"),
        (open_with(folder, server=server_key), "--identity FILE"),
    ]:
        with pytest.raises(CannotStart, match=sentence):
            await restore_backup(nowhere, repository, None, start_engines=start_empty_engines)
    with pytest.raises(CannotStart, match="is encrypted for"):
        await verify_backups(open_with(folder, identities=[KEY]), [manifest])
    assert not nowhere.data_dir.exists()
    [*paths] = [*folder.glob("objects/*/*"), folder / "backups" / manifest.id / DATABASE]
    for path in (paths[0], paths[-1]):
        whole = path.read_bytes()
        flipped = bytes([whole[-20] ^ 1])
        for damaged in (whole[:-1], whole[:30], b"", whole[:-20] + flipped + whole[-19:]):
            path.write_bytes(damaged)
            for keys in ({"identities": [OTHER]}, {"server": server_key}):
                with pytest.raises(Damaged, match="was changed"):
                    await verify_backups(open_with(folder, **keys), [manifest])
        path.write_bytes(whole)
    shutil.rmtree(folder / "objects")
    with pytest.raises(Damaged, match="is missing"):
        await verify_backups(open_with(folder, identities=[OTHER]), [manifest])


async def chunks_of(content: bytes, size: int):
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_a_stream_is_decrypted_whole_or_not_at_all():
    recipients = [KEY.to_public(), OTHER.to_public()]
    for size in (0, 1, 65_536, 200_000):
        content = bytes(size)
        made = [each async for each in age.encrypt(chunks_of(content, 70_000), recipients)]
        encrypted = b"".join(made)
        for identity in (KEY, OTHER):
            chunks = age.decrypt(chunks_of(encrypted, 50_000), [identity])
            assert b"".join([each async for each in chunks]) == content
        for damaged in (encrypted[:-1], encrypted + b"x", encrypted + bytes(100_000), b"age"):
            with pytest.raises(age.StreamUndecryptable):
                async for _ in age.decrypt(chunks_of(damaged, 50_000), [KEY]):
                    pass


async def test_an_error_of_the_source_does_not_end_a_stream():
    async def fail():
        yield bytes(100_000)
        raise CannotStart("No.")

    with pytest.raises(CannotStart, match=r"No\."):
        async for _ in age.encrypt(fail(), [KEY.to_public()]):
            pass
    # Closed early, the thread ends too.
    begun = age.encrypt(chunks_of(bytes(5_000_000), 70_000), [KEY.to_public()])
    await anext(begun)
    await begun.aclose()


def test_keys_are_read_from_settings_and_files(tmp_path):
    path = tmp_path / "key"
    settings = Settings(data_dir=tmp_path, backup_recipients=[str(KEY.to_public())])
    path.write_text(f"# created: today\n# public key: …\n{KEY}\n\n{OTHER}\n")
    keys = find_backup_keys(settings, path)
    assert (keys.recipients, len(keys.identities)) == ([str(KEY.to_public())], 2)
    assert keys.server is None
    for content in (b"", b"\xff", b"age-encryption.org/v1\n", bytes(str(KEY)[:-1], "ascii")):
        path.write_bytes(content)
        with pytest.raises(CannotStart, match=r"identity"):
            find_backup_keys(settings, path)
    with pytest.raises(CannotStart, match="can't be read"):
        find_backup_keys(settings, tmp_path / "none")
    wrong = Settings(data_dir=tmp_path, backup_recipients=["age1" + 58 * "q"])
    with pytest.raises(CannotStart, match="age-keygen"):
        find_backup_keys(wrong)
