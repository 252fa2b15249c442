"""The leak reader: it searches for secrets, contents and all derived values in every encoding.

The package is pure: bytes in, findings out. needles.py and constructions.py list the values to
search for, and forms.py their parts and spellings that count. windows.py and base85.py find these
in one layer of bytes, and scanner.py combines them with the signs of encodings. inflate.py,
digits.py, escapes.py and packed.py undo encodings; layers.py holds their results and limits their
cost. unreadable.py knows what nobody can undo, and pieces.py joins what is spread over items.
reader.py combines these modules.
"""

from conformance.observers.leaks.needles import (
    Needle,
    NeedleTooShort,
    content,
    derived_from,
    marker,
)
from conformance.observers.leaks.places import Place
from conformance.observers.leaks.reader import Leak, LeakReader, Limits, Reading

__all__ = [
    "Leak",
    "LeakReader",
    "Limits",
    "Needle",
    "NeedleTooShort",
    "Place",
    "Reading",
    "content",
    "derived_from",
    "marker",
]
