"""Streams: what members broadcast live, from the encoder's knock to the listener's ear.

Owns the tables `streams` and `stream_keys`; what the ingest writes below `live/hls` in the data
directory is read here. Announces `StreamStarted` and `StreamEnded`. Never takes in sound or
pictures: the ingest does, and asks here who may.
"""
