"""Everything that a participant, an operator or a service can ask of the server."""
