"""Marks: each participant's own picture and pair of tones, and what others receive of them."""

from conformance.observers.marks.code import Box, Reading, Source, decode_luma, encode_luma
from conformance.observers.marks.mark import SCREEN_SOUND, Mark, init_script, mark_for
from conformance.observers.marks.observer import MarkObserver, PageFacts, Sighting

__all__ = [
    "SCREEN_SOUND",
    "Box",
    "Mark",
    "MarkObserver",
    "PageFacts",
    "Reading",
    "Sighting",
    "Source",
    "decode_luma",
    "encode_luma",
    "init_script",
    "mark_for",
]
