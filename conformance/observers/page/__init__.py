"""Observers that run inside a participant's page, and their Python sides."""
