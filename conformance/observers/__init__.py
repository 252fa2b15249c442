"""How to watch without trusting the subject: marks, traffic, transport, stores, the screen."""
