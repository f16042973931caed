"""Takes what strangers send to be heard or seen, and makes it anew with ffmpeg, in confinement.

`audio.render` and `images.make_picture` are what the others call; `kinds` and `images` tell by the
first bytes what a file is.
"""
