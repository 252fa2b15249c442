"""The agent that listens in a room for the AI provider.

It is a program of its own, since its native SDK can abort the process.
"""
