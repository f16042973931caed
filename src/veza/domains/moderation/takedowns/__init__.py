"""Staff takes single items down, and brings them back.

Owns the table `takedowns`. Emits `ItemHeld`. How items of a kind are hidden and restored is in
`wiring.py` of their domains. The owner gets a statement of reasons: a moderation action of
`reports`, against which they appeal. What is only held has none yet: it waits for the decision on
its case.
"""
