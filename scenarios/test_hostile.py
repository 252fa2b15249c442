"""HOSTILE: a client against a server that lies (follows from the article's introduction).

Whatever is safe is right: to refuse, to stop, to go on encrypted. Wrong is what left the client
readable, and what it rendered as if it were safe.
"""

from conformance.bench import control, holds, never
from conformance.bench.core.room import RoomFactory
from conformance.bench.crypto.media_keys import some_key_opens
from conformance.bench.crypto.sfu_ciphertext import reader_reads_what_is_clear
from conformance.bench.hostile.crypto_failure import cannot_encrypt
from conformance.bench.hostile.lying_server import (
    LURES,
    PLAIN,
    PLAIN_ONCE_INSIDE,
    SECRET,
    SIMPLE,
    deceived,
    tell,
)
from conformance.bench.hostile.rooms import Beset, Witness, in_beset_rooms
from conformance.bench.hostile.secret_exfiltration import end_and_read
from conformance.bench.rooms.shared_room import ENCRYPTED
from conformance.catalogue import requirement
from conformance.clients.hindrance import WAYS
from conformance.stacks.base import RoomKind


@requirement("HOSTILE-1")
@in_beset_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_nothing_leaves_in_clear_when_the_room_is_called_plain(
    beset: Beset, witness: Witness, rooms: RoomFactory
) -> None:
    """Prompted, then told on entering or once inside that the room is plain: nothing is clear."""
    await control(beset.works(), reader_reads_what_is_clear(rooms))
    for lie in (PLAIN, PLAIN_ONCE_INSIDE):
        async with deceived(rooms, lie) as dave:
            await control(dave.was_prompted(), dave.was_told())
            await witness.is_heard(dave.tap)
            await control(beset.goes_on())
            await holds(dave.nothing_left_in_clear())


@requirement("HOSTILE-2")
@in_beset_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_secret_of_the_server_is_not_used(
    beset: Beset, witness: Witness, rooms: RoomFactory
) -> None:
    """Prompted, then handed a secret, in a room called as before or simple: it opens nothing."""
    await control(beset.works(), reader_reads_what_is_clear(rooms))
    await control(some_key_opens(beset.media, "audio", "camera"))
    for lie in (SECRET, SIMPLE):
        async with deceived(rooms, lie) as dave:
            await control(dave.was_prompted(), dave.was_told())
            await witness.is_heard(dave.tap)
            await control(beset.goes_on())
            await holds(dave.servers_secret_opens_nothing(), dave.nothing_left_in_clear())


@requirement("HOSTILE-3")
@in_beset_rooms(*ENCRYPTED)
async def test_unencrypted_track_is_not_rendered(beset: Beset, witness: Witness) -> None:
    """A track that arrives unencrypted in an encrypted room is neither shown nor played."""
    alice, bob = beset.alice, beset.bob
    await control(beset.works())
    async with beset.with_unencrypted_track() as track:
        await control(witness.renders(track), track.is_forwarded_in_clear())
        await never(*track.is_rendered_by(alice, bob), while_=beset.goes_on())


@requirement("HOSTILE-4")
@in_beset_rooms(*ENCRYPTED)
async def test_injected_frame_is_not_rendered(beset: Beset, witness: Witness) -> None:
    """Frames with the server's own trailer that show somebody are neither shown nor played."""
    alice, bob = beset.alice, beset.bob
    await control(beset.works())
    async with beset.with_injected_frames() as frames:
        await control(witness.renders(frames), frames.is_forwarded_in_clear())
        await never(
            *frames.is_rendered_by(alice, bob),
            while_=beset.goes_on(),
            because=[alice.got_packets("video", senders=2), alice.got_packets("audio", senders=2)],
        )


@requirement("HOSTILE-5")
@in_beset_rooms(*ENCRYPTED)
async def test_encryption_that_cannot_start_stops_publishing(
    beset: Beset, witness: Witness, rooms: RoomFactory
) -> None:
    """Without its worker, or where its cryptography fails, a client sends nothing in clear."""
    await control(beset.works(), reader_reads_what_is_clear(rooms))
    async with cannot_encrypt(rooms, beset.room.kind) as others:
        for way in WAYS:
            async with others.hindered(way) as wendy:
                await control(wendy.is_hindered())
                await witness.is_heard(wendy.tap)
                await control(beset.goes_on())
                await holds(wendy.nothing_left_in_clear())


@requirement("HOSTILE-6")
@in_beset_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_no_message_makes_the_client_hand_over_the_secret(
    beset: Beset, rooms: RoomFactory
) -> None:
    """Links, calls away, a token for an app and the end of the meeting: the secret goes nowhere."""
    await control(beset.works())
    async with deceived(rooms, LURES, watched=True) as dave:
        await tell(rooms, dave.room.room_id, LURES)
        await control(dave.was_prompted(), dave.was_told(), beset.goes_on())
        left = await end_and_read(dave)
        await control(left.was_used(), left.marker_seen_on_every_way())
        await holds(left.nothing_left_the_browsers())
