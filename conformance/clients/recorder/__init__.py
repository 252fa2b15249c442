"""A working recorder: registers, accepts orders, joins as the bot, records and broadcasts."""

from conformance.clients.recorder.bot import Bot, BotFailed, Take
from conformance.clients.recorder.program import Job, Recorder

__all__ = ["Bot", "BotFailed", "Job", "Recorder", "Take"]
