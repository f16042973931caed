"""RSS feeds of artists, playlists and releases, with the audio files as enclosures.

Owns no tables. A feed has public tracks only, as somebody who is not signed in may play them.
"""
