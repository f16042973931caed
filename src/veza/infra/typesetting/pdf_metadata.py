"""Adds properties to the metadata of a PDF that typst made, as PDF/A wants them: with their schema.

The end of the file gets a new version of the metadata, and what was there stays as it is.
"""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from msgspec import Struct

_METADATA = re.compile(
    rb"\n(\d+) 0 obj\n<</Length \d+/Type/Metadata/Subtype/XML>>\nstream\n(.*?)\nendstream",
    re.DOTALL,
)
_TRAILER = re.compile(rb"trailer\n<<(.*)>>\nstartxref\n(\d+)\n%%EOF\s*$", re.DOTALL)
_END_OF_SCHEMAS = "</rdf:Bag></pdfaExtension:schemas>"
_END = "</rdf:RDF>"


class MetadataSchema(Struct, frozen=True):
    """A schema of properties: its name, its namespace with a prefix, and what each property is."""

    name: str
    namespace: str
    prefix: str
    properties: Mapping[str, str]


def add_properties(pdf: bytes, schema: MetadataSchema, values: Mapping[str, str]) -> bytes:
    """Return a PDF with further properties in its metadata."""
    found, trailer = _METADATA.search(pdf), _TRAILER.search(pdf)
    assert found is not None
    assert trailer is not None
    metadata = found[2].decode()
    assert metadata.count(_END_OF_SCHEMAS) == 1
    metadata = metadata.replace(_END_OF_SCHEMAS, f"{_describe(schema)}{_END_OF_SCHEMAS}")
    metadata = metadata.replace(_END, f"{_write_values(schema, values)}{_END}").encode()
    body = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    number, place = int(found[1]), len(body)
    entry = (
        b"%d 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%b\nendstream\nendobj\n"
        % (number, len(metadata), metadata)
    )
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, place)
    end = b"trailer\n<<%b/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        trailer[1],
        int(trailer[2]),
        place + len(entry),
    )
    return b"".join((body, entry, table, end))


def _describe(schema: MetadataSchema) -> str:
    properties = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:category>external</pdfaProperty:category>'
        f"<pdfaProperty:description>{escape(description)}</pdfaProperty:description>"
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        f"<pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, description in schema.properties.items()
    )
    return (
        f'<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>{schema.name}</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{schema.namespace}</pdfaSchema:namespaceURI>"
        f"<pdfaSchema:prefix>{schema.prefix}</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )


def _write_values(schema: MetadataSchema, values: Mapping[str, str]) -> str:
    written = "".join(
        f"<{schema.prefix}:{name}>{escape(value)}</{schema.prefix}:{name}>"
        for name, value in values.items()
    )
    namespace = f'xmlns:{schema.prefix}="{schema.namespace}"'
    return f'<rdf:Description rdf:about="" {namespace}>{written}</rdf:Description>'
