"""Rooms and users: their data, and the copy of it in NATS buckets."""
