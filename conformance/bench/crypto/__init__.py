"""Claims about keys and ciphertext: media, messages, nonces."""
