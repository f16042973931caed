"""Live streams: their publication and playback.

Owns the tables `streams` and `stream_keys`; the ingest writes the media below `live/hls` in the
data directory. Emits `StreamStarted` and `StreamEnded`. The ingest receives the media, and requests
permission from this domain.
"""
