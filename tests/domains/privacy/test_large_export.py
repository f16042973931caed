"""A large export needs neither much memory nor temporary disk space."""

import os
import tempfile
from pathlib import Path

import pytest

from tests import make
from tests.journeys.served import memory_kib

pytestmark = pytest.mark.long

SIZE = 128 * 1024 * 1024
GROWTH_MIB = 64


async def test_a_large_file_is_not_held_in_memory(
    services, ask, look, ann, work, tmp_path, monkeypatch
):
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, ann.member)
    file_id = await make.product_file(services, ann, product_id)
    media = services.settings.data_dir / "media"
    [stored] = [path for path in media.glob(f"products/{product_id}/**/*") if path.is_file()]
    # It takes no space itself.
    os.truncate(stored, SIZE)
    async with services.database.transaction() as tx:
        await tx.run("update product_files set size_bytes = $2 where id = $1", file_id, SIZE)
    # Whoever wants a file for a while finds no place for it.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    export_id = (await ask()).json()["data"]["id"]
    # From here on the kernel counts the highest point anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory_kib(os.getpid(), "VmHWM")

    await work()

    growth = (memory_kib(os.getpid(), "VmHWM") - before) / 1024
    assert growth < GROWTH_MIB, growth
    assert (await look())["size_bytes"] > SIZE
    with (media / "exports" / export_id / "1" / "archive.zip").open("rb") as archive:
        assert archive.read(2) == b"PK"
