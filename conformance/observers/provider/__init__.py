"""A test AI provider: it records the requests and recognises the senders' tones in their sound."""

from conformance.observers.provider.server import Provider, Request
from conformance.observers.provider.words import Recogniser, word_of

__all__ = ["Provider", "Recogniser", "Request", "word_of"]
