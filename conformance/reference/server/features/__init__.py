"""Recording, broadcasting and artificial intelligence."""
