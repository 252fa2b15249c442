"""Any eight random bytes of a secret are found, in any chain of encodings; chance finds nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import string
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spellings import DOCUMENTS, OF_BYTES, OF_TEXT, WRAPPED, grouped

from conformance.keys.profiles import PROFILES
from conformance.observers.leaks import LeakReader, Needle, Place, content, derived_from, marker

PLACE = Place("HTTP body", "POST /x")
LETTERS = string.ascii_lowercase + string.digits
SECRET = "right-k3v9q2m7x4c8w1z6t5y0b3n8"
RANDOM = SECRET.removeprefix("right-")
SESSION, ROOM = "0f3ad1c2-7b1e-4c55-9d3f-2a6b8c9d0e1f", "conform-5d1f0a9b3c"
FEW = [PROFILES["session-bound-pbkdf2"], PROFILES["livekit-pbkdf2-raw"]]
NEEDLES = derived_from("the secret", SECRET, [SESSION, ROOM], FEW)


@pytest.fixture(scope="module")
def reader() -> LeakReader:
    return LeakReader(NEEDLES)


def parts_of(value: bytes) -> st.SearchStrategy[bytes]:
    """Any part of at least eight bytes."""
    return st.integers(0, len(value) - 8).flatmap(
        lambda begin: st.integers(begin + 8, len(value)).map(lambda end: value[begin:end])
    )


@pytest.mark.parametrize("spelling", [*OF_TEXT, *OF_BYTES])
@pytest.mark.parametrize("at", [0, 5, 16])
def test_eight_bytes_are_found_in_every_spelling(
    reader: LeakReader, spelling: str, at: int
) -> None:
    written = (OF_TEXT | OF_BYTES)[spelling](RANDOM[at : at + 8].encode())
    for item in (written, b'{"a": "' + written + b'"}', b"\xfe\x01\x80" + written + b"\xff"):
        assert reader.read(PLACE, item), (spelling, item)


@settings(max_examples=300, deadline=None)
@given(
    part=parts_of(RANDOM.encode()),
    spelling=st.sampled_from([*OF_TEXT, *OF_BYTES]),
    wrapped=st.lists(st.sampled_from(list(WRAPPED)), max_size=3),
    before=st.binary(max_size=40),
    after=st.binary(max_size=40),
    upper=st.booleans(),
)
def test_any_part_in_any_chain_is_found(
    part: bytes, spelling: str, wrapped: list[str], before: bytes, after: bytes, upper: bool
) -> None:
    item = (OF_TEXT | OF_BYTES)[spelling](part.upper() if upper else part)
    for name in wrapped:
        item = WRAPPED[name](item)
    assert SHARED.read(PLACE, before + b"\xff" + item + b"\xff" + after)


SHARED = LeakReader(NEEDLES)


@settings(max_examples=60, deadline=None)
@given(document=st.sampled_from(list(DOCUMENTS)), spelling=st.sampled_from(list(OF_BYTES)))
def test_documents_without_a_mark_are_read_as_whole_items(document: str, spelling: str) -> None:
    item = DOCUMENTS[document](OF_BYTES[spelling](SECRET.encode()))
    assert SHARED.read(PLACE, item)


@settings(max_examples=60, deadline=None)
@given(
    secret=st.text(LETTERS, min_size=20, max_size=40).filter(
        lambda text: len(set(text)) > 9 and any(sign.isdigit() for sign in text)
    ),
    spelling=st.sampled_from([*OF_TEXT, *OF_BYTES]),
)
def test_any_random_secret_is_found(secret: str, spelling: str) -> None:
    reader = LeakReader([Needle("it", secret.encode(), is_text=True)])
    assert reader.read(PLACE, b"..." + (OF_TEXT | OF_BYTES)[spelling](secret.encode()) + b"...")


@pytest.mark.parametrize("encoding", ["a85", "b85", "z85"])
@pytest.mark.parametrize("phase", range(4))
def test_base85_is_found_at_every_phase(reader: LeakReader, encoding: str, phase: int) -> None:
    value = b"abcd"[:phase] + RANDOM[2:15].encode()
    if encoding == "z85":
        table = bytes.maketrans(_B85, _Z85)
        written = base64.b85encode(value).translate(table)
    else:
        written = getattr(base64, f"{encoding}encode")(value)
    assert reader.read(PLACE, b'{"k": "' + written + b'"}')


_B85 = (string.digits + string.ascii_uppercase + string.ascii_lowercase).encode() + (
    b"!#$%&()*+-;<=>?@^_`{|}~"
)
_Z85 = (string.digits + string.ascii_lowercase + string.ascii_uppercase).encode() + (
    b".-:+=^!/*?&<>()[]{}@%$#"
)

SHA256 = hashlib.sha256(SECRET.encode()).digest()
CONSTRUCTED: dict[str, bytes] = {
    "sha256": SHA256,
    "sha3": hashlib.sha3_256(SECRET.encode()).digest(),
    "sha224": hashlib.sha224(SECRET.encode()).digest(),
    "md5 of upper case": hashlib.md5(SECRET.upper().encode()).digest(),
    "sha1 with the session": hashlib.sha1(f"{SESSION}{SECRET}".encode()).digest(),
    "sha512 with the room": hashlib.sha512(f"{SECRET}:{ROOM}".encode()).digest(),
    "md5 with both": hashlib.md5(f"{ROOM}-{SESSION}-{SECRET}".encode()).digest(),
    "HMAC of the room": hmac.digest(SECRET.encode(), ROOM.encode(), "sha256"),
    "HMAC with the session as key": hmac.digest(SESSION.encode(), SECRET.encode(), "sha1"),
    "sha256 twice": hashlib.sha256(SHA256).digest(),
    "md5 of the hex sha256": hashlib.md5(SHA256.hex().encode()).digest(),
    "sha256 of a key": hashlib.sha256(FEW[0].derive(SECRET, SESSION)).digest(),
    "a key": FEW[0].derive(SECRET, SESSION),
}


@pytest.mark.parametrize("name", CONSTRUCTED)
def test_known_constructions_count_from_eight_bytes_on(reader: LeakReader, name: str) -> None:
    value = CONSTRUCTED[name]
    for short in (value[:8], value[:11], value[-8:], value):
        for item in (
            b"\x00\xff" + short + b"\xff",
            f'{{"id": "{short.hex()}"}}'.encode(),
            f"x/{short.hex(':').upper()}".encode(),
            b"id=" + base64.b32encode(short).rstrip(b"=")
            if short == value[: len(short)]
            else short,
            b"id=" + base64.b64encode(short) if short == value[: len(short)] else short,
            str(int.from_bytes(short, "big")).encode(),
            json.dumps(list(short)).encode(),
        ):
            assert reader.read(PLACE, item), (name, item)


def test_arrays_of_words_are_read(reader: LeakReader) -> None:
    for size, signed in ((2, False), (4, True), (4, False)):
        for order in ("big", "little"):
            words = [
                int.from_bytes(SHA256[at : at + size], order, signed=signed)  # type: ignore[arg-type]
                for at in range(0, 32, size)
            ]
            assert reader.read(PLACE, json.dumps({"words": words}).encode()), (size, order)


# -- JWTs, and what is spread over several items -----------------------------------------------


def jwt_of(claims: object) -> bytes:
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*texts, base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"=")])


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "alice", "k": SECRET},
        {"sub": "alice", "metadata": json.dumps({"e2ee": json.dumps({"key": SECRET})})},
        {"sub": "alice", "x": {"h": SHA256.hex()[:16]}},
        {"sub": "alice", "x": base64.b64encode(SECRET.encode()).decode()},
    ],
)
def test_what_is_inside_a_token_is_found(reader: LeakReader, claims: dict[str, object]) -> None:
    token = jwt_of(claims)
    for item in (
        token,
        b"GET /login.html?access_token=" + token,
        b"http://x/?t=" + quote(token).encode(),
        json.dumps({"token": token.decode()}).encode(),
        b"authorization: Bearer " + token,
    ):
        assert reader.read(PLACE, item)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("encoded", ["as it is", "hex", "base64"])
def test_pieces_in_several_items_are_joined(size: int, encoded: str) -> None:
    reader = LeakReader(NEEDLES)
    written = (OF_TEXT | OF_BYTES)[encoded](RANDOM.encode()).decode().rstrip("=")
    for number, at in enumerate(range(0, len(written), size)):
        address = f"http://x/api/poll?n={number}&p={written[at : at + size]}&v=3".encode()
        assert reader.read(Place("HTTP address", "alice, GET /api/poll"), address) == []
        reader.read(Place("HTTP address", "alice, GET /other"), b"http://x/other")
    (first, *_) = reader.reading.of("secret")
    assert "word" in first.place.name
    assert reader.reading.items == 2 * -(-len(written) // size)


def test_pieces_of_a_stream_are_joined() -> None:
    reader = LeakReader(NEEDLES)
    frames = [json.dumps({"seq": n, "t": sign}).encode() for n, sign in enumerate(RANDOM)]
    reader.read_stream(Place("WebSocket", "alice, ws://x"), frames)
    assert reader.reading.of("secret")


def test_readers_in_several_threads_do_not_disturb_each_other() -> None:
    item = json.dumps({"text": "a word " * 3000, "k": SECRET}).encode()

    def found(number: int) -> bool:
        reader = LeakReader([Needle("it", SECRET.encode(), is_text=True)])
        return all(reader.read(PLACE, b"%d %d " % (number, n) + item) for n in range(20))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(found, range(4)))


# -- what is not found -------------------------------------------------------------------------


def test_labels_and_public_values_are_not_found() -> None:
    typed = f"{ROOM}-{RANDOM}"
    reader = LeakReader(
        [*derived_from("typed", typed, [], FEW), content("said", "chat-q1w2e3r4t5y6u7i8o9p0")],
        public=[ROOM, SESSION],
    )
    for harmless in ("right-3k", "chat-00000000", "wrong-abcdefgh", ROOM, SESSION, "right-right"):
        assert reader.read(PLACE, harmless.encode()) == []
    assert reader.read(PLACE, RANDOM[3:11].encode())
    assert [leak.needle.role for leak in reader.read(PLACE, b"2e3r4t5y")] == ["content"]


def test_a_secret_that_is_public_is_told() -> None:
    reader = LeakReader([Needle("it", ROOM.encode(), is_text=True)], public=[ROOM])
    assert reader.reading.incomplete == ["it has no part that is not public"]


def test_a_short_part_of_hex_is_too_likely() -> None:
    reader = LeakReader([Needle("it", b"right-0123456789abcdef01234567", is_text=True)])
    assert reader.read(PLACE, b"23456789") == []
    assert reader.read(PLACE, b"23456789ab")


def test_a_marker_must_be_there_as_a_whole() -> None:
    reader = LeakReader([marker("it", "sent-" + RANDOM)])
    assert reader.read(PLACE, RANDOM.encode()) == []
    assert reader.read(PLACE, b"sent-" + RANDOM.encode())


def test_a_sentence_is_found_in_longer_parts() -> None:
    reader = LeakReader([content("said", "the committee has decided to postpone everything")])
    assert reader.read(PLACE, b"has decided to") == []
    assert reader.read(PLACE, b"{'a': 'committee has decided to postpone'}")


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=3000), st.sampled_from([*OF_BYTES, "none"]))
def test_random_bytes_give_nothing(data: bytes, spelling: str) -> None:
    if data:
        assert SHARED.read(PLACE, OF_BYTES[spelling](data) if spelling in OF_BYTES else data) == []


def test_random_words_and_ids_give_nothing() -> None:
    source = random.Random(5)
    reader = LeakReader([*NEEDLES, content("said", "chat-" + RANDOM[::-1].upper())])
    for alphabet in (string.hexdigits, LETTERS, string.ascii_letters + string.digits + "+/"):
        text = " ".join(
            "".join(source.choices(alphabet, k=source.randrange(1, 40))) for _ in range(8000)
        )
        assert reader.read(PLACE, text.encode()) == []
    assert reader.reading.leaks == []
    assert reader.reading.incomplete == []
    assert grouped(b"abcd", 2, b"-") == b"ab-cd"
