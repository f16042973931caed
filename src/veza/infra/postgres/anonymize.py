"""Writes the SQL that leaves out of a text who somebody was, where the text itself has to stay."""


def nameless(text: str) -> str:
    """Give a column's text without the name and the address of `u`, a row of `users`.

    Only where they stand for themselves: who is called Art doesn't make a "Party" a "P…y". What
    stands there instead is no longer than any of them, so that no text outgrows its column.
    """
    for word in ("u.email", "u.username"):
        literal = rf"regexp_replace({word}, '[^[:alnum:]]', '\\\&', 'g')"
        pattern = f"'(?<![[:alnum:]])' || {literal} || '(?![[:alnum:]])'"
        text = f"regexp_replace({text}, {pattern}, '…', 'gi')"
    return text
