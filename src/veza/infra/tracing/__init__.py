"""Traces: spans of requests, events and jobs, sent by OpenTelemetry where that is configured."""
