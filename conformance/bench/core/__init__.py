"""The vocabulary of every scenario: rooms, participants, claims, timeouts."""
