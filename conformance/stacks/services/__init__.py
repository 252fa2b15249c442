"""One module per service: its configuration and its command line."""
