"""The outsider: a hidden participant without a key, and the frames that the SFU gave it."""

from conformance.observers.sfu_tap.join import Outsider, OutsiderFailed
from conformance.observers.sfu_tap.tracks import CapturedFrame, CapturedTrack, Forwarded

__all__ = ["CapturedFrame", "CapturedTrack", "Forwarded", "Outsider", "OutsiderFailed"]
