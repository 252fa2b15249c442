"""Claims about a client whose server lies or whose encryption fails."""
