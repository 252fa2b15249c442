"""A deployment that is already running: its description, its preflight checks and the stack."""
