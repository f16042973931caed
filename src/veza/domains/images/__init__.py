"""Images: pictures that members show in posts and messages, re-encoded without metadata.

Owns the table `images`, and all objects below `images/` in the storage. Emits `PictureShown`. The
domains that show an image call this domain when they show it, and when they stop. Images that
aren't public are protected by signed URLs.
"""
