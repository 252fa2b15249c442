"""What the server sends by itself: events on the bus, and webhooks."""
