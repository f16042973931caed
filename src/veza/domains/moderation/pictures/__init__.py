"""Pictures that were taken down, to notice when they are shown again.

Owns the table `taken_down_pictures`. Emits no events: a picture that is like one of them is held by
`takedowns`, and a case in `reports`. What two pictures have in common is their perceptual hash.
"""
