"""The SFU tap: a hidden participant without a key. It keeps the frames that the SFU forwards."""

from conformance.observers.sfu_tap.join import SfuTap, SfuTapFailed
from conformance.observers.sfu_tap.tracks import CapturedFrame, CapturedTrack, Forwarded

__all__ = ["CapturedFrame", "CapturedTrack", "Forwarded", "SfuTap", "SfuTapFailed"]
