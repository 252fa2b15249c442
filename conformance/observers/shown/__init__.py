"""What a page shows to a person: decryption errors, prompts, and whether a text can be read."""
