"""The official Plug-N-Meet web client."""
