"""Stations, rotations and moments of the timeline, as stored and as shown."""
