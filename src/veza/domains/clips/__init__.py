"""Clips: up to 90 seconds of a stream that a viewer kept, for the audience of the stream.

Owns the table `stream_clips` and the objects below `clips/`. What was sent is copied, from what is
kept of a running stream or from the recording of a replay, and never encoded again.
"""
