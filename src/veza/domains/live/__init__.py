"""Live streams: who may publish, and what is played.

Owns the tables `streams` and `stream_keys`; the ingest writes the media below `live/hls` in the
data directory. Announces `StreamStarted` and `StreamEnded`. Receives no media: the ingest does, and
asks here for permission.
"""
