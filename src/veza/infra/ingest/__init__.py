"""Receives streams by Icecast's protocol, SRT, RTMPS and WHIP, and relays them to nginx."""
