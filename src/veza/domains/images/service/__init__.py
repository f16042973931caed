"""Use cases of images: uploading, showing and deleting them, and what staff takes down."""
