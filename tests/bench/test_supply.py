"""The reader of stores counts a key that belongs to the room, and not a neighbour's."""

from conformance.bench.supply import carries

OURS = ["conform-zero-knowledge-1", "6f3a-session"]
KEY = b'{"encryption_key":"abcdef"}'


def test_a_key_counts_where_the_item_names_the_room_or_its_session() -> None:
    assert carries(b"$KV.pnm-room-conform-zero-knowledge-1.info_metadata\n" + KEY, OURS, [])
    assert carries(b'{"sid":"6f3a-session"}' + KEY, OURS, [])
    assert carries(b'conform-zero-knowledge-1 {\\"encryption_key\\":\\"abc\\"}', OURS, [])


def test_the_key_of_a_simple_room_beside_it_is_none_of_its_business() -> None:
    assert not carries(b"$KV.pnm-room-conform-simple-2.info_metadata\n" + KEY, OURS, [])


def test_an_empty_key_is_none() -> None:
    assert not carries(b'conform-zero-knowledge-1 {"encryption_key":""}', OURS, [])


def test_a_typed_secret_counts_anywhere() -> None:
    assert carries(b"some log: right-123", OURS, ["right-123"])
