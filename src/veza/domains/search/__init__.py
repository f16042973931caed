"""The search for everything at once, as it is typed.

Owns no tables. Each domain searches its own items: `tracks` (with artists), `releases`,
`playlists`, `shows`, `products`, `posts` and `tags`.
"""
