"""Pictures and sound in what a browser sends beside its media: found, decoded and read."""
