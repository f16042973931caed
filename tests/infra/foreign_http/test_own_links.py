"""Links with `rel=me` are found in HTML as people write it, and in any other without harm."""

import pytest

from tests.loop_turns import counted_turns
from veza.infra.foreign_http.own_links import (
    MAX_FOUND,
    _OwnLinks,
    find_own_links,
    read_link_headers,
)

URL = "https://music.example/@ann"


@pytest.mark.parametrize(
    "html",
    [
        f'<a rel="me" href="{URL}">Veza</a>',
        f"<A HREF={URL} REL=ME>",
        f"<link rel='me' href='{URL}'/>",
        f'<a class="x" href="  {URL}\n" rel="nofollow Me noopener">',
        f'<a rel="me" href="{URL.replace("/", "&#x2F;").replace("@", "&commat;")}">',
        f'<a rel="me" rel="next" href="{URL}" href="https://evil.example">',
        f'<p>3 < 4 & 5 > 4 </div></b><a rel=me href="{URL}">',
        f'<script>if (a < b) "<a rel=me href=x>"</script><a rel="me" href="{URL}">',
        f'<!-- a -- b --><!doctype html><?php ?><![CDATA[x]]><a rel="me" href="{URL}">',
        "<div>" * 5000 + f'<a rel="me" href="{URL}">' + "</div>" * 10,
        f'<a rel="me" href="{URL}"><![endif',
        f'<a rel="me" href="{URL}"><!x[',
    ],
)
async def test_it_is_found_however_it_is_written(html: str):
    assert await find_own_links(html) == [URL]


@pytest.mark.parametrize(
    "html",
    [
        f'<a href="{URL}">',
        f'<a rel="mex home" href="{URL}">',
        f'<a rel="me">{URL}</a>',
        f'<a rel href="{URL}">',
        f'<img rel="me" href="{URL}">',
        f'<!-- <a rel="me" href="{URL}"> -->',
        f'<style><a rel="me" href="{URL}"></style>',
        f"&lt;a rel=me href={URL}&gt;",
        f'<a rel="me" href="{URL}{"x" * 1000}">',
        f'<a rel="me" href="{URL}',
        "",
    ],
)
async def test_what_declares_nothing_is_not(html: str):
    assert await find_own_links(html) == []


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<",
            "<!",
            "<!--",
            "<![",
            "<?",
            "</",
            "</a ",
            "<a ",
            "<a b='",
            '<a b="',
            "<a =",
            "&#",
            "&",
        ),
        *("-- ", "<script>", "</script ", "<!doctype [", "<a><", "\x00<a\x00", "&notanentity"),
        *("<a rel=me href=x", "<a rel=me\n", "]]>", "<a/", "<a b=c d ", "\ufffd<"),
    ],
)
async def test_what_is_no_html_does_no_harm(piece: str):
    """Each is refused or read in time that grows with its length, and the loop goes on between."""
    assert await find_own_links(piece * (40_000 // len(piece))) == []


async def test_a_page_of_nothing_but_links_lets_others_have_their_turn():
    with counted_turns(_OwnLinks.handle_starttag) as turns:
        await find_own_links("<a>" * 12_000)
        assert turns.calls["handle_starttag"] == 12_000
        assert turns.most["handle_starttag"] <= 6_000


async def test_no_more_than_so_many_are_looked_at():
    assert await find_own_links(f"<a rel=me href={URL} >" * 1000) == [URL] * MAX_FOUND
    assert read_link_headers([f"<{URL}>; rel=me,"] * 1000) == [URL] * MAX_FOUND


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (f"<{URL}>; rel=me", [URL]),
        (f'< {URL} >;title="a, b";REL = "author Me"', [URL]),
        (f"<https://a.example/,x>; rel=me, <{URL}>;rel=me", ["https://a.example/,x", URL]),
        (f"<{URL}>; rel=next, <https://a.example>", []),
        (f"<{URL}>; relation=me", []),
        (f"{URL}; rel=me", []),
        ("<" * 5000 + ";" * 5000 + " rel" * 5000, []),
    ],
)
def test_headers_are_read_as_the_standard_writes_them(value: str, found: list[str]):
    assert read_link_headers([value]) == found
