"""Verifies other implementations with the published vectors: any program, and WebCrypto."""
