"""The interface between the harness and a client: one class, `ClientDriver`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from playwright.async_api import Page

from conformance.observers.shown.errors import Place

Feature = Literal["recording", "rtmp", "ai"]
Device = Literal["microphone", "camera"]


class Entry(StrEnum):
    """The first page that a joining participant sees."""

    PROMPT = "prompt"
    LANDING = "landing"
    ERROR = "error"


@dataclass(frozen=True)
class EntryState:
    """The entry page and its text."""

    entry: Entry
    text: str


class NotSupported(Exception):
    """The client lacks this function; the message gives the reason in one sentence."""


class ClientDriver(ABC):
    """Drives one client's page. Methods return when the page shows the effect.

    Playwright's TimeoutError passes through; the harness turns it into a verdict.
    """

    name: str

    prompt: str = ""
    """A CSS selector of the field in which the client asks for the secret, if it has one."""

    explanations: Sequence[Place] = (
        Place("the page", "[role=alert], [role=alertdialog], [role=status], [role=dialog]"),
    )
    """Where the page says why it does not go on: error pages, notices, toasts."""

    def init_scripts(self) -> list[str]:
        """Scripts that run in the page before the client's own code."""
        return []

    @abstractmethod
    def url(self, server_url: str, token: str) -> str:
        """The address that a participant opens with this access token."""

    @abstractmethod
    async def entry(self, page: Page, timeout: float) -> EntryState:
        """Wait for the first page: prompt, landing page or error page. `timeout` in seconds."""

    @abstractmethod
    async def give_secret(self, page: Page, secret: str | None) -> None:
        """Answer the prompt for the secret; None continues without one.

        Raises:
            NotSupported: the client lets nobody in without a secret.
        """

    @abstractmethod
    async def join(self, page: Page, timeout: float) -> None:
        """Go from the landing page into the room, with camera and microphone on."""

    @abstractmethod
    async def listen_only(self, page: Page, timeout: float) -> None:
        """Go from the landing page into the room, without camera and microphone."""

    @abstractmethod
    async def participants(self, page: Page) -> list[str]:
        """The listed names, including the participant's own, without suffixes such as "(you)"."""

    @abstractmethod
    async def say(self, page: Page, text: str) -> None:
        """Send a public chat message."""

    @abstractmethod
    async def chat(self, page: Page) -> list[str]:
        """The texts of the chat messages shown, oldest first."""

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
        """The data messages that the page shows."""

    @abstractmethod
    async def share_screen(self, page: Page) -> None:
        """Start to share the screen."""

    @abstractmethod
    async def stop_screen(self, page: Page) -> None:
        """Stop sharing the screen."""

    @abstractmethod
    def error_places(self) -> Sequence[Place]:
        """Where the page shows decryption errors by itself. Only what a person can read counts."""

    @asynccontextmanager
    async def opened_errors(self, page: Page) -> AsyncIterator[Sequence[Place]]:
        """Open a list of earlier errors as a person does, if the client has one, and close it."""
        yield ()

    async def warns_about(self, page: Page, text: str) -> str | None:
        """The page's warning beside this message that it was not encrypted; None without one."""
        return None

    @abstractmethod
    async def ended(self, page: Page) -> str | None:
        """The text of the page shown after a removal or the meeting's end, else None."""

    @abstractmethod
    async def why_unavailable(self, page: Page, feature: Feature) -> str | None:
        """Why the page does not offer this feature, in its own words; None if it offers it."""

    async def try_to_start(self, page: Page, feature: Feature, timeout: float) -> str | None:
        """Press the feature's button; return the refusal shown within `timeout` seconds.

        Returns None if the page shows no refusal: the feature starts, or the page says nothing.

        Raises:
            NotSupported: this driver cannot press that button.
        """
        raise NotSupported("this client's driver cannot press the button, so no refusal is tested")

    async def turn(self, page: Page, device: Device, *, on: bool) -> None:
        """Turn the microphone or camera off, or on again.

        Raises:
            NotSupported: this driver cannot do that.
        """
        raise NotSupported(f"this driver cannot turn the {device} {'on' if on else 'off'}")

    async def take_another(self, page: Page, device: Device) -> None:
        """Switch to another microphone or camera than the one in use.

        Raises:
            NotSupported: there is no other device, or this driver cannot choose one.
        """
        raise NotSupported(f"this driver cannot choose another {device}")

    @abstractmethod
    async def leave(self, page: Page) -> None:
        """Leave the room."""
