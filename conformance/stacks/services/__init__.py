"""One module a service: how it is configured and started."""
