"""Claims about two sessions of one room, and about disruptions within a session."""
