"""Transcodes untrusted audio files and images with ffmpeg, in confined processes."""
