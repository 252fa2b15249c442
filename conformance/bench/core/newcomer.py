"""A new person of a room: an empty page of their own, with all observers in place."""

from __future__ import annotations

from typing import Protocol

from playwright.async_api import Browser

from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.core.capabilities import Capabilities
from conformance.bench.core.participant import Participant
from conformance.clients import network
from conformance.clients.base import ClientDriver
from conformance.clients.browser import OpenPage, open_page
from conformance.observers.marks import MarkObserver, init_script, mark_for
from conformance.observers.page import transport
from conformance.observers.page.changes import PageChanges
from conformance.observers.page.made_keys import MadeKeys
from conformance.observers.page.outgoing import Outgoing
from conformance.observers.page.sender_tap import SenderTap
from conformance.observers.page.traffic import TrafficLog
from conformance.observers.shown.errors import init_script as shown_errors_script
from conformance.observers.shown.prompts import PromptWatch
from conformance.stacks.base import RoomKind, Stack


class Factory(Protocol):
    """What a newcomer needs of the room factory."""

    browser: Browser
    driver: ClientDriver
    stack: Stack
    alarm: HarnessAlarm
    capabilities: Capabilities
    salt: str

    def next_index(self) -> int:
        """The number of the next mark."""
        ...


async def newcomer(
    factory: Factory,
    *,
    name: str,
    user_id: str,
    token: str,
    secret: str | None,
    kind: RoomKind,
    watched: bool,
    watches_keys: bool,
) -> tuple[Participant, OpenPage]:
    """A person with an empty page and all observers in place, before the client is opened.

    `watched`: whether everything that leaves the browser is kept, and what the client computes.
    `watches_keys`: whether the keys that it creates are watched.
    """
    driver = factory.driver
    scripts = [transport.init_script(), network.INIT_SCRIPT, *driver.init_scripts()]
    scripts.append(shown_errors_script(driver.error_places()))
    mark = mark_for(factory.next_index(), factory.salt)
    opened = await open_page(
        factory.browser,
        name,
        ignore_https_errors=factory.stack.ignore_https_errors,
        with_door=watched,
    )
    opened.on_crash = factory.alarm.ring
    changes = PageChanges()
    await changes.attach(opened.context)
    made_keys = MadeKeys() if watches_keys or watched else None
    if made_keys is not None:
        await made_keys.attach(opened.context)
    prompts = PromptWatch()
    await prompts.attach(opened.context, driver.prompt)
    marks = await MarkObserver.attach(opened.context, mark)
    for script in (init_script(mark), *scripts):
        await opened.context.add_init_script(script)
    person = Participant(
        name=name,
        user_id=user_id,
        mark=mark,
        page=opened.page,
        driver=driver,
        marks=marks,
        traffic=await TrafficLog.attach(opened.page),
        changes=changes,
        alarm=factory.alarm,
        secret=secret,
        made_keys=made_keys,
        prompts=prompts,
        token=token,
        kind=kind,
        capabilities=factory.capabilities,
        outgoing=await Outgoing.attach(opened.context, opened.door) if watched else None,
        sender_tap=await SenderTap.attach(opened.context),
    )
    return person, opened
