"""Shows the results of a self-test."""
