"""Keys of careless derivations differ from each other and from every published formula's keys."""

from conformance.keys.mistakes import mistaken_keys
from conformance.keys.profiles import PROFILES, pbkdf2

SECRET, SESSION, ROOM = "secret", "5f0c6a52-1111-4222-8333-444455556666", "room-1"


def test_each_mistake_makes_a_key_of_its_own() -> None:
    keys = list(mistaken_keys(SECRET, SESSION, ROOM))
    bound = [profile for profile in PROFILES.values() if profile.session_bound]
    assert len(keys) == 3 * len(bound)
    published = {profile.derive(SECRET, SESSION) for profile in PROFILES.values()}
    assert not published & {key.value for key in keys}
    assert len({key.name for key in keys}) == len(keys)


def test_a_mistake_is_what_its_name_says() -> None:
    by_name = {key.name: key.value for key in mistaken_keys(SECRET, SESSION, ROOM)}
    secret = SECRET.encode()
    data = "session-bound-pbkdf2"
    assert by_name[f"{data} bound to the room id"] == pbkdf2(secret, ROOM.encode(), 100_000)
    assert by_name[f"{data} with a salt of 8 characters"] == pbkdf2(secret, b"5f0c6a52", 100_000)
    assert by_name[f"{data} with 1,000 rounds"] == pbkdf2(secret, SESSION.encode(), 1_000)


def test_without_a_room_or_session_there_is_less_to_try() -> None:
    assert all("rounds" not in key.name for key in mistaken_keys(SECRET, "", ROOM))
    assert all("room" not in key.name for key in mistaken_keys(SECRET, SESSION, ""))
