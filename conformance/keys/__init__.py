"""Derivation profiles, frame and message codecs, and vectors: pure functions without I/O."""
