"""What every scenario uses: rooms, participants, claims and their evaluation, timeouts."""
