"""Decoders of captured media; each decodes in a process of its own."""
