"""Rooms that checks share, and what the server answers about them."""
