"""What kind of document bytes are, by their beginning, and what counts as plain text."""

import pytest

from veza.infra.media.documents import PDF, NotText, read_text, sniff_document


async def pieces(*chunks: bytes):
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.4", PDF),
        (b"%PDF-2.0 and more", PDF),
        (b"%PDF", None),
        (b"x%PDF-1.4", None),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"hello", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell(head: bytes, kind: str | None):
    assert sniff_document(head) == kind


@pytest.mark.parametrize(
    "text", ["", "a", "a\tb\r\nc\fd\v", "夜のフェリー 🎛", "\ufeffwith a mark", "\x85\xa0"]
)
async def test_text_passes_as_it_is_however_it_is_cut(text: str):
    content = text.encode()
    by_byte = [content[n : n + 1] for n in range(len(content))]
    for chunks in ([content], by_byte):
        assert b"".join([chunk async for chunk in read_text(pieces(*chunks))]) == content


@pytest.mark.parametrize(
    "content",
    [b"\0", b"a\x1b[31m", b"\x7f", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\x08"],
)
async def test_what_is_no_text_is_refused_however_it_is_cut(content: bytes):
    for chunks in ([b"ab" + content], [b"a", b"b", *(bytes([byte]) for byte in content)]):
        with pytest.raises(NotText):
            async for _ in read_text(pieces(*chunks)):
                pass
