"""Bodies that nobody would send in good faith: any JSON, bodies with one thing wrong, no JSON."""

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.contract.world import Json

# Where programs that read JSON, count or store text tend to stumble.
SORE_SPOTS = [
    *(0, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400),
    *(1e308, -1e308, 5e-324, -0.0, 0.1, float("nan"), float("inf")),
    *("", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\U0010ffff", "\ufeff", "a" * 10_000),
    *(
        "-1",
        "1e400",
        "true",
        "null",
        "../../etc/passwd",
        "'; drop table users; --",
        "%00",
        "\r\nX: y",
    ),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-02-30T00:00:00Z"),
    *("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
]

# What a field of another kind is given of them: what is no JSON, no text or no number, and what may
# be taken for a number, a truth or nothing.
_OF_ANY_KIND = [0, 10**400, float("nan"), "", "\ud800", "-1", "true", "null"]

# What fits a format, where no example is given: an id of nothing, a day, and moments to come.
_OF_FORMAT = {
    "uuid": "0198c0de-0000-7000-8000-000000000001",
    "date": "2024-02-29",
    "date-time": "2126-02-15T12:00:00Z",
}

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(SORE_SPOTS)
)


def anything() -> SearchStrategy[Any]:
    """Draw any JSON, lone surrogates and numbers that are none included."""
    return st.recursive(
        _scalars,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
        ),
        max_leaves=12,
    )


def sore_spots_of(fitting: object) -> list[object]:
    """List what a field stumbles over where this value fits; all, where its kind isn't known.

    A text is refused for each number alike, and a number for each text, whatever stands in it.
    """
    if fitting is None:
        return SORE_SPOTS
    kinds = str if isinstance(fitting, str) else (int, float) if _is_number(fitting) else ()
    own = [spot for spot in SORE_SPOTS if isinstance(spot, kinds)]
    return [*own, *(spot for spot in _OF_ANY_KIND if not isinstance(spot, kinds))]


def _is_number(value: object) -> bool:
    """Return whether JSON has a number for it."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def bodies_like(fitting: Json) -> SearchStrategy[bytes]:
    """Draw bodies: anything, what would fit but for one field, and no JSON at all."""
    fields = st.sampled_from([*fitting, "unknown"])
    values = st.sampled_from(SORE_SPOTS) | anything()
    changed = st.builds(lambda name, value: fitting | {name: value}, fields, values)
    lessened = fields.map(lambda name: {k: v for k, v in fitting.items() if k != name})
    drawn = changed | changed | lessened | anything() | st.just(fitting)
    return drawn.map(write) | _no_json()


def fitting_body(operation: Json, document: Json, things: Json) -> Json:
    """Make a body that fits an operation, and names what exists; empty where it takes none."""
    content = operation.get("requestBody", {}).get("content", {})
    fitting = _example_of(content.get("application/json", {}).get("schema", {}), document) or {}
    return fitting | {name: things[name] for name in fitting.keys() & things.keys()}


def write(value: object) -> bytes:
    """Write JSON, and what looks like it: `NaN`, and lone surrogates, which are no text."""
    return json.dumps(value).encode()


def _example_of(schema: Json, document: Json) -> Any:
    if "$ref" in schema:
        return _example_of(
            document["components"]["schemas"][schema["$ref"].split("/")[-1]], document
        )
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            return _example_of(schema[key][0], document)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    return _example_of_type(schema, document)


def _example_of_type(schema: Json, document: Json) -> Any:
    kind = schema.get("type")
    # Of a value and null, the value.
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            properties = schema.get("properties", {})
            return {name: _example_of(inner, document) for name, inner in properties.items()}
        case "array":
            return [_example_of(schema.get("items", {}), document)]
        case "string":
            words = "a" * max(3, schema.get("minLength", 0))
            return _OF_FORMAT.get(schema.get("format", ""), words)
        case "integer" | "number" as number:
            least = schema.get("minimum", 1)
            return int(least) if number == "integer" else least
        case "boolean":
            return True
        case _:
            return None


def _no_json() -> SearchStrategy[bytes]:
    deep = st.sampled_from([b"[" * 20_000, b'{"a":' * 5_000, b"[" * 5_000 + b"]" * 5_000])
    return st.binary(max_size=50) | deep
