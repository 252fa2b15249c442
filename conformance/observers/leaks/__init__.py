"""The leak reader: a secret and all that is derived from it, searched in every encoding.

Pure: bytes in, findings out. needles.py says what is looked for, encodings.py how a careless
program might have written it, scanner.py finds all of it in one pass, inflate.py and codings.py
undo what such a program may have wrapped around it (layers.py: what comes of it, and what it may
cost), reader.py puts them together.
"""

from conformance.observers.leaks.encodings import Pattern, patterns_of
from conformance.observers.leaks.needles import Needle, NeedleTooShort, derived_from, marker
from conformance.observers.leaks.reader import Leak, LeakReader, Limits, Place, Reading

__all__ = [
    "Leak",
    "LeakReader",
    "Limits",
    "Needle",
    "NeedleTooShort",
    "Pattern",
    "Place",
    "Reading",
    "derived_from",
    "marker",
    "patterns_of",
]
