"""Sends live streams on to servers of other platforms, which the owner of the stream named.

Owns the tables `restream_targets` and `stream_restreams`. What is sent is taken from the segments
that the ingest writes for players, so it is the same for each ingest; the worker on the machine of
the ingest sends it.
"""
