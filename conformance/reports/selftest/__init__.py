"""Reports of a self-test."""
