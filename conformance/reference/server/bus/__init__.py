"""The connection to NATS, and the NATS accounts that keep sessions apart."""
