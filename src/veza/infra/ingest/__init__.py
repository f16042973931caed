"""Receives streams of encoders by Icecast's protocol and by SRT, and relays them to nginx."""
