"""Judges other implementations by the published vectors: any program, and a browser's WebCrypto."""
