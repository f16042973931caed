"""Use cases of audio files."""
