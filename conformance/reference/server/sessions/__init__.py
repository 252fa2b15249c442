"""A session of a room: creation, joining, presence, waiting room, breakout rooms, end."""
