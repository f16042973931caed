"""An archive whose originals are in S3, where it is stored and sent from as well."""

import io
import zipfile
from uuid import uuid4

import pytest
from msgspec import structs

from tests import sounds
from tests.http.apps import replaced
from veza.domains.music.audio import rules as audio_rules
from veza.infra.storage.stores import open_storage


@pytest.mark.long
async def test_an_archive_in_s3_is_sent_in_parts(
    client, app, s3, storage, sell, add_track, ask, build, see, folder, tmp_path
):
    # The archive has more than one part.
    source = sounds.write(folder / "noise.wav", sounds.noise(40))
    sale = await sell(await add_track("Noise", source, duration_ms=40_000))
    remote = open_storage(s3.url(f"tests/{uuid4()}"), tmp_path)
    using = structs.replace(storage, audio=structs.replace(storage.audio, storage=remote))
    await remote.put_file(audio_rules.original_key(sale.track_ids[0]), source)
    await ask(sale)
    await build(sale, using)
    archive = (await see(sale))["original"]

    with replaced(app, using):
        whole = await client.get(archive["url"])
        part = await client.get(archive["url"], headers={"Range": "bytes=5000000-5999999"})

    assert len(whole.content) == archive["size_bytes"] > 6_000_000
    assert part.content == whole.content[5_000_000:6_000_000]
    assert zipfile.ZipFile(io.BytesIO(whole.content)).testzip() is None
    remote.close()
