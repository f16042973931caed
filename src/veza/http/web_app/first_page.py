"""Renders the first page so that a browser can paint it from one response.

It contains the texts, the data of the first row, the style of the application, and a script that
draws the row. A browser on a slow network paints it after one response, and requests the pictures
before the application. `web/src/first` has the parts, `web/scripts/first.js`
makes them.
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources
from typing import NamedTuple

import msgspec

from veza.http.web_app.hints import HOME, LANGUAGES, hint_files

_FOLDER = resources.files("veza.http.web_app") / "bundle"
_MARK = "<!--first-->"


class FirstPage(NamedTuple):
    """The page of this build with a first row, and the sources that its policy admits.

    `texts` and `files` are by language: the texts of the page, and the elements that load the
    application. `script` draws the row.
    """

    template: str
    texts: Mapping[str, str]
    files: Mapping[str, str]
    script: str
    script_source: str
    style_source: str


def read_first_page(template: str) -> FirstPage | None:
    """Return the first page of this build, from the page of the site; None if it has none."""
    folder = _FOLDER / "first"
    if _MARK not in template or not folder.is_dir():
        return None
    script = (folder / "first.js").read_text().strip()
    # The application's own files, each in an element on a line.
    lines = template.splitlines(keepends=True)
    named = [*lines, *_hints_of(LANGUAGES[0])]
    styles = [_path_of(line) for line in named if _is_style(line)]
    style = "".join((_FOLDER / path).read_text().strip() for path in styles)
    # It is in the page already, so that nothing has to load it again.
    loaded = "".join(f'<link rel="stylesheet" href="/{path}" disabled>' for path in styles)
    scripts = "".join(line for line in lines if _is_script(line))
    page = "".join(line for line in lines if not _is_style(line) and not _is_script(line))
    return FirstPage(
        template=page.replace("</head>", f"<style>{style}</style>\n  </head>"),
        texts={each: (folder / f"{each}.html").read_text() for each in LANGUAGES},
        files={
            each: loaded + scripts + "".join(filter(_is_script, _hints_of(each)))
            for each in LANGUAGES
        },
        script=script,
        script_source=_source_of(script),
        style_source=_source_of(style),
    )


def render_row(first: FirstPage, language: str, lists: object) -> str:
    """Return the texts in a language, the lists as JSON, and the script that shows them.

    The application is in a template, where browsers don't look for what they could load in advance:
    the script asks for it after the pictures of the row.
    """
    # Inside of a script element only `<` could end it, or begin a comment.
    data = msgspec.json.encode(lists).decode().replace("<", "\\u003c")
    return "\n    ".join(
        [
            first.texts[language],
            f'<template id="first-files">{first.files[language]}</template>',
            f'<script type="application/json" id="first-data">{data}</script>',
            f"<script>{first.script}</script>",
        ]
    )


def _hints_of(language: str) -> list[str]:
    return hint_files(HOME, language).splitlines(keepends=True)


def _is_style(line: str) -> bool:
    return line.lstrip().startswith("<link ") and '.css"' in line


def _is_script(line: str) -> bool:
    return line.lstrip().startswith(('<script type="module"', '<link rel="modulepreload"'))


def _path_of(line: str) -> str:
    """Return the path in the build of the file that an element loads."""
    return line.partition('href="/')[2].partition('"')[0]


def _source_of(content: str) -> str:
    """Return the source that admits an element with a content in the policy of a page."""
    return f" 'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
