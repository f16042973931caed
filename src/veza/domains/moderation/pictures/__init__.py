"""Pictures that were taken down, to notice when they are shown again.

Owns the table `taken_down_pictures`. Emits no events: whoever shows a picture that is like one of
them gets a case in `reports`. What two pictures have in common is their perceptual hash.
"""
