"""What the bench asks of any client: the whole boundary of a driver is this one class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from playwright.async_api import Page

Feature = Literal["recording", "rtmp", "ai"]
Device = Literal["microphone", "camera"]


class Entry(StrEnum):
    """The first page that a joining person stands before."""

    PROMPT = "prompt"
    LANDING = "landing"
    ERROR = "error"


@dataclass(frozen=True)
class EntryState:
    """The entry page and the text that it shows."""

    entry: Entry
    text: str


@dataclass(frozen=True)
class ShownError:
    """An error message where a person looks: in which part of the page, and its text."""

    where: str
    text: str


class NotSupported(Exception):
    """The client has no such function; the message is the reason, in one sentence."""


class ClientDriver(ABC):
    """Drives one client's page. Methods return when the page shows the effect.

    Playwright's own TimeoutError passes through; the bench turns it into a verdict.
    """

    name: str

    def init_scripts(self) -> list[str]:
        """Scripts to run in the page before the client's own code."""
        return []

    @abstractmethod
    def url(self, server_url: str, token: str) -> str:
        """The address that a person with this access token opens."""

    @abstractmethod
    async def entry(self, page: Page, timeout: float) -> EntryState:
        """Which of prompt, landing page or error page shows first; `timeout` in seconds."""

    @abstractmethod
    async def give_secret(self, page: Page, secret: str | None) -> None:
        """Answer the prompt; None goes on without one.

        Raises:
            NotSupported: the client lets nobody in without a secret.
        """

    @abstractmethod
    async def join(self, page: Page, timeout: float) -> None:
        """From the landing page into the room, camera and microphone on."""

    @abstractmethod
    async def listen_only(self, page: Page, timeout: float) -> None:
        """From the landing page into the room with neither camera nor microphone."""

    @abstractmethod
    async def participants(self, page: Page) -> list[str]:
        """The names listed, one's own included, without "(you)" and the like."""

    @abstractmethod
    async def say(self, page: Page, text: str) -> None:
        """Send a public chat message."""

    @abstractmethod
    async def chat(self, page: Page) -> list[str]:
        """The chat messages shown, oldest first, texts only."""

    @abstractmethod
    async def draw(self, page: Page, text: str) -> None:
        """Put `text` on the whiteboard."""

    @abstractmethod
    async def whiteboard(self, page: Page) -> list[str]:
        """The texts on the whiteboard."""

    @abstractmethod
    async def signal(self, page: Page, text: str) -> None:
        """Send a data message that is neither chat nor whiteboard."""

    @abstractmethod
    async def signals(self, page: Page) -> list[str]:
        """The data messages shown."""

    @abstractmethod
    async def share_screen(self, page: Page) -> None:
        """Begin to share the screen."""

    @abstractmethod
    async def stop_screen(self, page: Page) -> None:
        """Stop sharing the screen."""

    @abstractmethod
    async def decryption_errors(self, page: Page) -> list[ShownError]:
        """Decryption errors shown where a person looks; none when there are none."""

    @abstractmethod
    async def ended(self, page: Page) -> str | None:
        """The text of the page that says that one was removed or the meeting ended, else None."""

    @abstractmethod
    async def offers(self, page: Page, feature: Feature) -> str | None:
        """None when the feature is offered and enabled, else why not as the page says it."""

    async def try_to_start(self, page: Page, feature: Feature, timeout: float) -> str | None:
        """Press what is offered; the refusal that the page then shows within `timeout` seconds.

        None where it shows none: the feature begins, or nothing is said.

        Raises:
            NotSupported: this driver cannot press it.
        """
        raise NotSupported("whether pressing it is refused cannot be tried with this client")

    async def turn(self, page: Page, device: Device, *, on: bool) -> None:
        """Turn the microphone or camera off, or on again.

        Raises:
            NotSupported: this driver cannot.
        """
        raise NotSupported(f"this driver cannot turn the {device} {'on' if on else 'off'}")

    async def take_another(self, page: Page, device: Device) -> None:
        """Take another microphone or camera than the one in use.

        Raises:
            NotSupported: there is none to choose, or this driver cannot.
        """
        raise NotSupported(f"this driver cannot choose another {device}")

    @abstractmethod
    async def leave(self, page: Page) -> None:
        """Leave the room."""
