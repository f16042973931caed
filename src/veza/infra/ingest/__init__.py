"""Receives streams of encoders by Icecast's protocol, SRT and RTMPS, and relays them to nginx."""
