"""A deployment that is already up: its description, its preflight and the stack."""
