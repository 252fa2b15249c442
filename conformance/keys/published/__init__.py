"""The published vectors: their schema, a reader, and the evaluation of an implementation."""
