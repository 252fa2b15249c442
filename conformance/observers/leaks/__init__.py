"""The leak reader: it searches for a secret and its derived values in every encoding.

The package is pure: bytes in, findings out. needles.py lists the values to search for, and
encodings.py the ways in which a careless program may write them. scanner.py finds all patterns in
one pass. inflate.py and codings.py undo encodings around a value; layers.py holds their results and
limits their cost. reader.py combines these modules.
"""

from conformance.observers.leaks.encodings import Pattern, patterns_of
from conformance.observers.leaks.needles import (
    Needle,
    NeedleTooShort,
    content,
    derived_from,
    marker,
)
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
    "content",
    "derived_from",
    "marker",
    "patterns_of",
]
