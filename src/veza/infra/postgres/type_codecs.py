"""Types that the driver is told of when a connection is opened, and then need not ask for.

The driver reads the arrays of a statement from the catalogue, by a recursive query that takes 10 ms
of both sides, once for each connection that uses them.
"""

import msgspec

from veza.infra.postgres.pool import Raw

# The arrays of PostgreSQL's own types that statements use, by name, with the number of the array
# and that of its element. These numbers are the same in each database and release.
ARRAY_TYPES = {
    "bool": (1000, 16),
    "bytea": (1001, 17),
    "int2": (1005, 21),
    "int4": (1007, 23),
    "xid": (1011, 28),
    "int8": (1016, 20),
    "float8": (1022, 701),
    "date": (1182, 1082),
    "timestamptz": (1185, 1184),
    "interval": (1187, 1186),
    "numeric": (1231, 1700),
    "uuid": (2951, 2950),
    "jsonb": (3807, 3802),
}

# As the driver's own query answers.
_ARRAYS = [
    {
        "oid": oid,
        "ns": "pg_catalog",
        "name": f"_{name}",
        "kind": b"b",
        "basetype": None,
        "elemtype": element,
        "elemdelim": b",",
        "range_subtype": None,
        "attrtypoids": None,
        "attrnames": None,
        "basetype_name": None,
        "elemtype_name": name,
        "range_subtype_name": None,
    }
    for name, (oid, element) in ARRAY_TYPES.items()
]


async def register_types(raw: Raw) -> None:
    """Have a new connection read and write `jsonb` as Python values, and know common arrays."""
    await raw.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="text",
        encoder=_encode_json,
        decoder=msgspec.json.decode,
    )
    # After `jsonb`, whose codec its arrays take on.
    raw.get_settings().register_data_types(_ARRAYS)


def _encode_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
