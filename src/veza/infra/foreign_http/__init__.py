"""HTTP requests to hosts that strangers, or their documents, name: checked, and bounded."""
