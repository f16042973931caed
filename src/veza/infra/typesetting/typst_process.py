"""Started as a program: sets a document in type, by a template, of data that is never code.

It imports nothing of ours, so that it starts quickly. Only fonts that come along are used, so that
every machine makes the same bytes of the same data.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, cast

import typst


def find_fonts(package: str) -> list[Path]:
    """Tell where a package of fonts lies; none of its code is run."""
    spec = find_spec(package)
    assert spec is not None
    return [Path(folder) for folder in spec.submodule_search_locations or []]


# Beside those of typst: Noto's, for the scripts of all the world.
FONTS = [*find_fonts("manimgx_fonts"), *find_fonts("manimgx_fonts_cjk")]


def main() -> None:
    """Take `template data target format seconds` from the command line."""
    words = sys.argv[1:]
    template, data, target = (Path(word) for word in words[:3])
    kind, seconds = words[3:]
    try:
        made = typst.compile(
            template,
            root=template.parent,
            font_paths=FONTS,
            ignore_system_fonts=True,
            format=cast(Literal["pdf", "png"], kind),
            sys_inputs={"data": data.read_text("utf-8")},
            timestamp=int(seconds),
        )
    except typst.TypstError as error:
        sys.exit(error.diagnostic)
    # Of pictures there is one a page, unless there is but one.
    pages = cast(list[bytes], made if isinstance(made, list) else [made])
    for number, page in enumerate(pages):
        target.with_suffix(f".{number}").write_bytes(page)


if __name__ == "__main__":
    main()
