"""Pictures of tracks that have no cover, for links to them: made of waveform and title.

Owns no tables. What was drawn is kept in memory, and drawn again after a change or a restart.
"""
