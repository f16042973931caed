"""`docs/schema.sql` shows the schema as the migrations make it."""

from tests.architecture.generated import SCHEMA, write_schema
from veza.app.services import Services


def test_the_documented_schema_is_the_migrated_one(services: Services):
    schema = write_schema(services.addresses.migration)
    assert SCHEMA.read_text() == schema, "docs/schema.sql is stale: run `make docs`."
