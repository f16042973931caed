"""Recordings of live streams: kept for their owners, cut, and made into draft tracks.

Owns the tables `stream_recordings`, `stream_recording_parts` and `stream_recording_marks`, and the
objects below `recordings/`. The sound of a stream is taken from the segments that the ingest writes
for players, so it is the same for each ingest. Emits `RecordingExpiring`.
"""
