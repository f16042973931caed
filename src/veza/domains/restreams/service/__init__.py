"""Use cases of targets, and the sending of streams to them."""
