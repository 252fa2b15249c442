"""REFUSE, by hand of the client: what its page offers (article, step 3)."""

from conformance.bench import control, holds
from conformance.bench.offers import FEATURES, is_offered, is_refused_by_the_page
from conformance.bench.room import RoomFactory
from conformance.bench.settled import ENCRYPTED, Settled, in_rooms
from conformance.catalogue import requirement
from conformance.stacks.base import RoomKind


@requirement("REFUSE-5")
@in_rooms(*ENCRYPTED)
async def test_page_does_not_offer_what_must_fail(settled: Settled, rooms: RoomFactory) -> None:
    """Recording, broadcasting and AI are not offered, or the page says why they fail."""
    plain = await rooms.create(RoomKind.PLAIN)
    carol = await plain.join("carol", is_admin=True)
    await control(carol.is_in(), *(is_offered(carol, feature) for feature in FEATURES))
    await holds(*(is_refused_by_the_page(settled.alice, feature) for feature in FEATURES))
    await plain.close()
