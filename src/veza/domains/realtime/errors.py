"""Refuses chat tokens that are used, bad frames, and too many conversations."""

from veza.core.errors import Conflict, Invalid, Unauthenticated


class BadChatToken(Unauthenticated):
    """The token is forged, expired or used, or its session has ended."""

    code = "bad_chat_token"
    message = "This chat token is not valid any more: get a new one."


class BadFrame(Invalid):
    """A frame is not valid JSON, of an unknown type, or lacks a field."""

    code = "bad_frame"
    message = "This frame is not valid: see the details."


class NotJoined(Conflict):
    """A frame about a conversation arrived before its `join`."""

    code = "not_joined"
    message = "Join the conversation first."


class TooManyJoined(Conflict):
    """A connection subscribes to too many conversations."""

    code = "too_many_joined"
    message = "This connection has joined 100 conversations: leave some first."
