"""Claims about the secret that the server supplies: who gets it, and how strong it is."""
