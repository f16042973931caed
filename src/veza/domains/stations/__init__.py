"""Stations that play stored tracks day and night, without an encoder.

A station is a function of the clock: its rotation, its seed and the time tell which segment of
which track is on air, on every node alike. Nothing runs for it and nothing is kept of a listener.

Owns the tables `stations`, `station_rotations` and `station_marks`.
"""
