"""The reference server: Plug-N-Meet's contract, as the article would have it kept."""
