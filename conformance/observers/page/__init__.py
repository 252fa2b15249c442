"""Observers that run inside a participant's page, and the Python side of each."""
