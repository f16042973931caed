"""Values of `Cache-Control` for files and documents.

What is hidden or taken down is gone from shared caches within a second: they ask again, with the
ETag, and get 304 without the bytes. A browser keeps what its owner has seen already for longer.
"""

# An hour, so that playback soon stops after a track is hidden or deleted.
PUBLIC_FILE = "public, max-age=3600, s-maxage=1"
PRIVATE_FILE = "private, max-age=3600"
# Of what changes often under the same address, such as feeds and calendars.
PUBLIC_CHANGING = "public, max-age=300, s-maxage=1"
