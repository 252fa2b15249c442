"""The published vectors: schema, reader, and how an implementation is judged by them."""
