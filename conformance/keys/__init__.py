"""Pure functions, no I/O: derivation profiles, frame and message codecs, vectors."""
