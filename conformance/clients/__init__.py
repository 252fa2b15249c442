"""How to drive a client: one small driver a client."""
