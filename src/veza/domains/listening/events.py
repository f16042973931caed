"""Signals of this domain; the state itself is in the database."""

# `listening:<conversation>`: what is played in a conversation changed.
LISTENING = "listening"
