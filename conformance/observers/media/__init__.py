"""Decoders of captured media; each one runs in its own process."""
