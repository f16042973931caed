"""What the metrics of several external systems share."""
