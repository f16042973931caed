"""Live streams: their publication and playback.

Owns the tables `streams`, `stream_keys`, `stream_guests`, `stream_reminders` and
`calendar_feeds`; the ingest writes the media below `live/hls` in the data directory. Emits
`StreamSoon`, `StreamStarted`, `StreamEnded` and `StreamCancelled`. The ingest receives the media,
and requests permission from this domain.
"""
