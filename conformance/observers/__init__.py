"""Observers of marks, traffic, transport, stores and the screen. They do not trust the subject."""
