"""The simulated providers of the sandbox, and what their customers do there."""
