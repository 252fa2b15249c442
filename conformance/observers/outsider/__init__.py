"""The outsider: a hidden participant without a key, and the frames that the SFU gave it."""

from conformance.observers.outsider.join import Outsider, OutsiderFailed
from conformance.observers.outsider.tracks import CapturedFrame, CapturedTrack, Forwarded

__all__ = ["CapturedFrame", "CapturedTrack", "Forwarded", "Outsider", "OutsiderFailed"]
