"""An AI provider of our own: what reaches it, and which senders' tones it heard in that."""

from conformance.observers.provider.server import Provider, Request
from conformance.observers.provider.words import Recogniser, word_of

__all__ = ["Provider", "Recogniser", "Request", "word_of"]
