"""`deploy/nginx/rtmp.conf` is what `veza live config` writes."""

from tests.architecture.generated import INGEST, write_ingest


def test_the_ingest_that_is_shipped_is_the_one_that_is_made():
    assert INGEST.read_text() == write_ingest(), f"{INGEST} is stale: run `make docs`."
