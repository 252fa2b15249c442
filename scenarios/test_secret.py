"""SECRET: who supplies the secret (article, options A and B)."""

import pytest

from conformance.bench import (
    RoomKind,
    SharedRoom,
    Stack,
    WebhookReceiver,
    control,
    has_answers,
    holds,
    in_shared_rooms,
    never,
    requirement,
)
from conformance.bench.secrets import (
    IntruderKind,
    SecretSample,
    Sessions,
    access_trial,
    carriers_of_a_session,
    many_joiners,
    observed_long_enough,
    one_secret_for_all,
    prompted_at_all,
    prompted_before_media,
    prompts_are_noticed,
    public_knowledge,
    read_carriers,
    secret_in_no_webhook,
    shown_a_page,
    webhooks_after_the_end,
    webhooks_tell_of_people,
)


@requirement("SECRET-1")
@in_shared_rooms(RoomKind.SIMPLE)
async def test_every_joiner_gets_the_same_secret(shared_room: SharedRoom) -> None:
    """All joiners of one session of a simple room get the same secret."""
    await control(has_answers(shared_room.alice), has_answers(shared_room.bob))
    await holds(one_secret_for_all(shared_room.joined))


@requirement("SECRET-1")
@pytest.mark.room_kind("simple")
async def test_many_joiners_and_one_who_returns_get_the_same_secret(stack: Stack) -> None:
    """Many joiners get the same secret, also one who leaves and comes back."""
    joiners = await many_joiners(stack)
    await control(joiners.are_in_one_session())
    await holds(joiners.have_one_secret())


@requirement("SECRET-2")
@pytest.mark.room_kind("simple")
async def test_no_two_sessions_share_a_secret(simple_sessions: Sessions) -> None:
    """Two sessions of one room, two rooms, and a breakout room and its parent share no secret."""
    sessions = simple_sessions
    await control(sessions.all_different_session_ids(), sessions.all_have_secrets())
    await holds(sessions.all_different_secrets())


@requirement("SECRET-3")
@pytest.mark.room_kind("simple")
async def test_secrets_are_strong(secret_sample: SecretSample) -> None:
    """The secrets of many sessions have at least 128 bits, never repeat and show no bias."""
    await control(secret_sample.in_every_session())
    await holds(secret_sample.strong())


@requirement("SECRET-4")
@in_shared_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_server_never_carries_a_secret(
    shared_room: SharedRoom, stack: Stack, webhooks: WebhookReceiver
) -> None:
    """In a zero-knowledge room no answer, message, link, store or webhook has a secret."""
    await control(has_answers(shared_room.alice), has_answers(shared_room.bob))
    reading = await read_carriers(shared_room, stack, webhooks)
    await control(reading.finds_the_markers())
    await holds(reading.finds_no_secret())


@requirement("SECRET-5")
@in_shared_rooms(RoomKind.ZERO_KNOWLEDGE)
async def test_client_prompts_before_any_media(shared_room: SharedRoom) -> None:
    """In a zero-knowledge room the client prompts for the secret before it sends any media."""
    await holds(*(prompted_before_media(person) for person in shared_room.people))
    await control(shared_room.prompts_were_held())


@requirement("SECRET-5")
@in_shared_rooms(RoomKind.SIMPLE, RoomKind.PLAIN)
async def test_client_never_prompts(shared_room: SharedRoom) -> None:
    """In a simple or plain room the client never prompts for a secret, however long it is open."""
    alice, bob = shared_room.alice, shared_room.bob
    await control(shown_a_page(alice), shown_a_page(bob))
    await control(await prompts_are_noticed(shared_room.room))
    await never(
        prompted_at_all(alice),
        prompted_at_all(bob),
        while_=observed_long_enough(alice, bob),
        because=[alice.is_in(), bob.is_in()],
    )


@requirement("SECRET-6")
@pytest.mark.room_kind("simple")
@pytest.mark.parametrize("way", IntruderKind, ids=lambda way: way.name.lower())
async def test_secret_reaches_nobody_else(
    way: IntruderKind, stack: Stack, webhooks: WebhookReceiver
) -> None:
    """A simple room's secret reaches no person who is not admitted, whatever they try."""
    async with access_trial(way, stack, webhooks) as running:
        await control(
            running.secret_went_over_the_bus(), *running.intruders_are_connected_or_refused()
        )
    if way is IntruderKind.WEBHOOK:
        await webhooks_after_the_end(running, webhooks)
        await control(running.webhooks_tell_of_the_room())
    await holds(*running.nobody_got_the_secret())


@requirement("SECRET-6")
@in_shared_rooms(RoomKind.SIMPLE)
async def test_webhooks_of_people_leave_the_secret_out(
    shared_room: SharedRoom, webhooks: WebhookReceiver
) -> None:
    """Webhooks about people who join carry no secret."""
    await control(has_answers(shared_room.alice), webhooks_tell_of_people(shared_room, webhooks))
    await holds(secret_in_no_webhook(shared_room, webhooks))


@requirement("SECRET-7")
@pytest.mark.room_kind("simple")
async def test_secret_cannot_be_computed(
    stack: Stack, simple_sessions: Sessions, secret_sample: SecretSample
) -> None:
    """No formula over public values, no guessable seed and no earlier secret gives a secret."""
    known = public_knowledge(stack, simple_sessions, secret_sample)
    await control(known.are_searchable(), secret_sample.in_every_session())
    await control(known.mistakes_are_found())
    await holds(known.explain_no_secret())


@requirement("SECRET-7")
@pytest.mark.room_kind("simple")
async def test_nothing_that_others_see_carries_the_secret(
    stack: Stack, webhooks: WebhookReceiver
) -> None:
    """No link, token, cookie, header, webhook or data about others carries the secret."""
    carriers = await carriers_of_a_session(stack, webhooks)
    await control(carriers.markers_are_found())
    await holds(carriers.carry_no_secret())
