"""The ways out of a page: the scripts that watch them, and what their data contains."""
