"""Processes and ports of a stack: start, supervision, stop."""
