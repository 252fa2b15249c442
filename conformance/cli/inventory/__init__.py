"""`conform list` and `conform explain`: what this version has, and how it judges."""
