"""Stations that play stored tracks day and night, without an encoder.

A station is a function of the clock: its rotation, its seed and the time tell which segment of
which track is on air, on every node alike. Nothing runs for it and nothing is kept of a listener.
While its owner streams, the sound of the stream can be in the places of segments.

Listeners request tracks, which marks of the timeline play.

Owns the tables `stations`, `station_rotations`, `station_marks`, `station_takeovers`,
`station_requests` and `station_request_votes`, and the objects below `station-live/`.
"""
