"""Participants without a browser: HTTP requests and a bare NATS session."""
