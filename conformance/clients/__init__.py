"""Drivers: each module drives one client."""
