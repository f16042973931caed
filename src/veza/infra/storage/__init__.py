"""Object storage: local disk, S3, GCS or Azure."""
