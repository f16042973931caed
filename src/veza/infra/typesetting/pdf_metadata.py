"""Adds properties to the metadata of a PDF that typst made, as PDF/A wants them: with their schema.

The end of the file gets a new version of the metadata, and what was there stays as it is.
"""

from collections.abc import Mapping
from xml.sax.saxutils import escape

from msgspec import Struct

_METADATA = b"/Type/Metadata/Subtype/XML>>\nstream\n"
_END_OF_METADATA = b"\nendstream"
_TRAILER, _END_OF_TRAILER = b"trailer\n<<", b">>\nstartxref\n"
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
    declared = pdf.index(_METADATA)
    start = declared + len(_METADATA)
    metadata = pdf[start : pdf.index(_END_OF_METADATA, start)].decode()
    # Its number is at the begin of its line.
    number = int(pdf[: pdf.rindex(b" 0 obj", 0, declared)].rpartition(b"\n")[2])
    trailer, _, former_table = pdf[pdf.rindex(_TRAILER) :].partition(_END_OF_TRAILER)
    assert metadata.count(_END_OF_SCHEMAS) == 1
    metadata = metadata.replace(_END_OF_SCHEMAS, f"{_describe(schema)}{_END_OF_SCHEMAS}")
    metadata = metadata.replace(_END, f"{_write_values(schema, values)}{_END}").encode()
    body = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    place = len(body)
    entry = (
        b"%d 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%b\nendstream\nendobj\n"
        % (number, len(metadata), metadata)
    )
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, place)
    end = b"%b/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        trailer,
        int(former_table.split()[0]),
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
