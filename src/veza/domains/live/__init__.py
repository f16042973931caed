"""Live streams: their publication and playback.

Owns the tables `streams`, `stream_keys` and `stream_guests`; the ingest writes the media below
`live/hls` in the data directory. Emits `StreamStarted` and `StreamEnded`. The ingest receives the
media, and requests permission from this domain.
"""
