"""BLIND: the server knows nothing (article, introduction, option B and conclusion)."""

from conformance.bench import (
    ENCRYPTED,
    BrowserTraces,
    Channel,
    RoomFactory,
    RoomKind,
    SharedRoom,
    StoreSnapshots,
    TwoSessions,
    control,
    holds,
    in_shared_rooms,
    in_two_sessions,
    never,
    requirement,
    timeouts,
    unique,
    with_browser_traces,
    with_store_snapshots,
)
from conformance.bench.crypto import (
    BusTraffic,
    anything_in_clear,
    every_forwarded_frame_was_seen_leaving,
    every_track_is_ciphertext,
    everything_sent_is_sealed,
    forwarded_enough,
    nothing_opens_without_a_secret,
    plain_room_is_readable,
    readable_on_the_bus,
    send_markers,
    tapped,
    with_screen,
)

CHANNELS: tuple[Channel, ...] = ("chat", "whiteboard", "data")


@requirement("BLIND-1")
@with_browser_traces(RoomKind.ZERO_KNOWLEDGE)
async def test_neither_secret_nor_key_leaves_the_browser(browser_traces: BrowserTraces) -> None:
    """Neither the typed secret nor a key derived from it leaves a browser, in any encoding."""
    await control(
        browser_traces.was_used(),
        browser_traces.marker_seen_on_every_way(),
        browser_traces.doors_are_watched(),
        browser_traces.client_keys_open(),
    )
    await holds(browser_traces.nothing_left_the_browsers())


@requirement("BLIND-2")
@with_store_snapshots(RoomKind.ZERO_KNOWLEDGE)
async def test_no_store_of_the_server_holds_the_secret(store_snapshots: StoreSnapshots) -> None:
    """Neither the secret nor a key derived from it is in any store, log or file, at any time."""
    await control(store_snapshots.took_place(), store_snapshots.canary_found())
    await holds(store_snapshots.secret_is_nowhere())


@requirement("BLIND-3")
@in_shared_rooms(*ENCRYPTED)
async def test_sfu_forwards_only_ciphertext(shared_room: SharedRoom, rooms: RoomFactory) -> None:
    """The SFU forwards every track, screens too, as ciphertext; in a plain room it does not."""
    media = shared_room.room.media("the session", shared_room.people)
    right = shared_room.room.media("the session", [shared_room.alice, shared_room.bob])
    await control(plain_room_is_readable(rooms))
    await control(forwarded_enough(right, ("audio", "camera")))
    kinds = await with_screen(right, shared_room.alice)
    await control(forwarded_enough(right, kinds, least=timeouts.FRAMES_A_RUN))
    await never(
        anything_in_clear(media), while_=forwarded_enough(right, kinds, least=timeouts.FRAMES_A_RUN)
    )
    await holds(
        every_track_is_ciphertext(media),
        everything_sent_is_sealed(media.people),
        every_forwarded_frame_was_seen_leaving(media, media.people),
        nothing_opens_without_a_secret(media),
    )


@requirement("BLIND-3")
@in_two_sessions(*ENCRYPTED)
async def test_sfu_forwards_ciphertext_whatever_happens(
    two_sessions: TwoSessions, rooms: RoomFactory
) -> None:
    """Media stay ciphertext through mutes, device changes, late joins, reconnects and reloads."""
    session = two_sessions.first
    await control(session.took_place(), plain_room_is_readable(rooms))
    await control(session.disruptions.took_place(), forwarded_enough(session.media, ("audio",)))
    await holds(
        every_track_is_ciphertext(session.media),
        everything_sent_is_sealed(session.people),
        every_forwarded_frame_was_seen_leaving(session.media, session.people),
    )


@requirement("BLIND-4")
@in_shared_rooms(*ENCRYPTED)
async def test_bus_carries_only_ciphertext(shared_room: SharedRoom, rooms: RoomFactory) -> None:
    """The bus carries chat, whiteboard and data messages of an encrypted room as ciphertext."""
    alice, bob = shared_room.alice, shared_room.bob
    rooms.stack.need("nats")
    clear = {channel: unique("clear") for channel in CHANNELS}
    async with tapped(rooms.stack.endpoints) as tap:
        for _ in ("the first time", "and again"):
            sealed = {channel: unique("sealed") for channel in CHANNELS}
            for channel, marker in (await send_markers(alice, sealed)).items():
                await control(bob.reads(channel, marker))
        async with rooms.opened(RoomKind.PLAIN) as plain:
            carol = await plain.join("carol", secret=None, is_admin=True)
            await control(carol.is_in())
            heard = readable_on_the_bus(tap, await send_markers(carol, clear))
            carried = BusTraffic(tap, shared_room.joined, sealed)
            await never(carried.markers_are_heard_in_clear(), while_=heard)
    await control(carried.keys_open_the_markers())
    await holds(carried.every_payload_is_sealed())


@requirement("BLIND-5")
@with_store_snapshots(*ENCRYPTED)
async def test_server_keeps_nothing_of_an_ended_session(store_snapshots: StoreSnapshots) -> None:
    """After the session the server holds no chat text, no media and no secret of it."""
    await control(store_snapshots.took_place(), store_snapshots.canary_found())
    await holds(
        store_snapshots.nothing_said_is_kept(),
        store_snapshots.no_secret_is_kept(),
        store_snapshots.no_media_is_kept(),
    )


@requirement("BLIND-6")
@with_browser_traces(*ENCRYPTED)
async def test_neither_secret_nor_key_stays_in_the_browser(browser_traces: BrowserTraces) -> None:
    """After leaving, neither the secret nor a key derived from it is in any browser storage."""
    await control(browser_traces.was_used(), browser_traces.marker_kept_in_every_store())
    await holds(browser_traces.nothing_stayed_in_the_browsers())


@requirement("BLIND-7")
@with_browser_traces(*ENCRYPTED)
async def test_no_picture_or_sound_leaves_but_as_sealed_media(
    browser_traces: BrowserTraces,
) -> None:
    """No snapshot, thumbnail or recording of a person's devices or screen leaves a browser."""
    await control(
        browser_traces.was_used(),
        browser_traces.planted_media_found(),
        browser_traces.doors_are_watched(),
    )
    await holds(browser_traces.no_picture_or_sound_left())


@requirement("BLIND-8")
@with_browser_traces(*ENCRYPTED)
async def test_what_is_said_leaves_only_sealed(browser_traces: BrowserTraces) -> None:
    """What is said, drawn or typed leaves a browser on no way but the sealed channels."""
    await control(
        browser_traces.texts_were_read(),
        browser_traces.was_used(),
        browser_traces.marker_seen_on_every_way(),
        browser_traces.doors_are_watched(),
    )
    await holds(browser_traces.nothing_said_left_in_clear())
