"""Claims about secrets and keys that leave a browser or stay in a store."""
