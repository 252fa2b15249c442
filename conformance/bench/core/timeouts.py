"""The durations, counts and thresholds that more than one claim uses, each with its reason.

Durations are in seconds.
"""

from typing import Final

ENTRY: Final = 60.0
"""From opening the page to its prompt, landing page or error page. A cold browser on two busy
cores needs about 3 s. The official client at eight times the load needed over 20 s. A long timeout
costs nothing when the page does appear."""

JOIN: Final = 60.0
"""From pressing join to being in the room."""

POSITIVE: Final = 30.0
"""How long a positive claim may take to become true. With the right key the first picture appears
within 4 s on an idle machine with two cores; a loaded machine needed 15 s."""

WITH_PROGRESS: Final = 90.0
"""How long a claim may take in all while what it counts still grows: a room of four with software
encoders had two of three readings after 30 s on a starved machine. A claim without progress ends at
its own deadline."""

SEES_FRAMES: Final = 3
"""Distinct counters of the sender's picture mark that "sees" needs: one could be a still picture,
two could be the last ones before a freeze."""

HEARS_READINGS: Final = 3
"""Separate readings of the sender's pair of tones that "hears" needs."""

NEVER_FRAMES: Final = 30
"""Progress of the positive control during which a negative claim must hold, in distinct pictures
of a right-key sender seen by a right-key receiver. With about six readings a second it lasts 5 s:
five times as long as the slowest first picture takes after the packets arrived."""

NEVER_TONES: Final = 15
"""The same for sound, in readings of the control's tones."""

HOSTILE_FRAMES: Final = 12
"""Progress of an honest room, in pictures, during which nothing may leave a deceived client
unencrypted: 2 s after that client joined or refused. A first frame leaves within 1 s."""

HINDERED_JOIN: Final = 15.0
"""How long a client whose encryption cannot start may take to join. It may join or refuse. The
reference client gives up after 5 s."""

AFTER_MESSAGE_FRAMES: Final = 8
"""How long a message may still arrive after the control read its own, in pictures: over 1 s."""

MESSAGE: Final = 15.0
"""From sending a chat, whiteboard or data message until the other's page shows it."""

ERROR_SHOWN: Final = 25.0
"""From the first undecryptable packet to an error message on the page. livekit-client reports
the first failure at once and then at most one a second (client-sdk-js 2.21, PR 1720)."""

NEW_SESSION: Final = 40.0
"""From endRoom to a new session of the same room: the product's clean-up holds the room's lock
for up to 20 s (plugNmeet-server v2.4.0, pkg/models/room_end.go)."""

SERVER_RECOVERS: Final = 10.0
"""How long a request is retried on HTTP 5xx: NATS clients wait 2 s before they reconnect, and a
run may begin in that time."""

GONE: Final = 10.0
"""From leaving until the same user may join again: a server notices it within about a second."""

WEBHOOK: Final = 5.0
"""From an event to its webhook."""

FRAMES_OPENED: Final = 0.99
"""Share of the forwarded frames that a key must decrypt to count as the key (KEY-2)."""

FRAMES_A_RUN: Final = 200
"""Least number of whole frames, audio and video together, on which a key is tried (KEY-2)."""

FRAMES_OF_KIND: Final = 12
"""The same for each kind and person: two seconds of pictures."""

NONCES: Final = 16
"""Nonces of data messages. The chance that one of the 12 bytes is the same in all 16 is
12 x 2^-120."""

FRAMES_UNOPENED: Final = 5
"""Consecutive frames of a track that no key decrypts before they count as not encrypted: less than
a second of pictures, a tenth of a second of sound. A client that encrypts sends none."""

FRAMES_AFTER: Final = 20
"""Frames of each kind that are captured after a change: three seconds of pictures."""

RECONNECTED: Final = 30.0
"""From losing the connections until all are restored: nats-core waits 1 s between two attempts,
livekit-client up to 10 s between its later attempts."""

RECONNECTED_FRAMES: Final = 18
"""Pictures after the sockets are restored, 3 s of them: livekit-client reports a reconnect only
when its peer connections are restored, and then a client may lose its key."""

CLEARED_UP: Final = 5.0
"""From leaving until the client has cleared its browser stores: a database is gone within 1 s."""

CLEARED: Final = 90.0
"""From endRoom until nothing of the session is stored: the product cleans up for up to 20 s, and
Redis keeps the room's metadata for another 60 s (plugNmeet-server v2.4.0,
pkg/services/redis/room.go)."""

ON_DISK: Final = 20.0
"""From a change to its bytes in the files of a storage engine: InnoDB writes its log each second,
JetStream within a few milliseconds."""

AI_WORDS: Final = 12
"""Words that the AI hears of the plain room while no AI may start in the encrypted room: about four
a second, so 3 s. A dispatched agent joined its room within 2 s."""

AI_GOES_ON: Final = 120.0
"""How long these words may take: on two busy cores the AI was up to a minute late."""

AI_ANSWER: Final = 30.0
"""From requesting AI to the answer; the product gives an agent 5 s, the reference server 20 s."""

AI_WORKS: Final = 45.0
"""From the answer to words on the bus: an agent starts, hears a phrase of 2 s and translates it."""

AI_FOLLOWS: Final = 12.0
"""How long an agent that was admitted to an encrypted room is observed."""

AGENT_SOUND: Final = 4.0
"""Sound that an agent without the secret must receive before "hears nobody" is claimed: in a plain
room it recognises everybody's tones after 1 s."""

RECORDED: Final = 120.0
"""From the request to a recording of `RECORDED_MEDIA`: a second browser starts, and a bot has 30 s
for each step of joining."""

RECORDED_MEDIA: Final = 4.0
"""How much of a meeting is recorded, counted from the first pictures of every participant: at six
marks a second that is eight times what "sees" needs, and sixteen windows of sound."""

STOPPED: Final = 100.0
"""From the stop request until the recorder's file or the received broadcast is complete."""

PACKET_LOSS: Final = 5
"""Per cent of the packets lost in each direction: video calls get worse, but continue."""

SFU_PAUSE: Final = 4.0
"""How long the SFU is paused: longer than any decoder waits, shorter than the 15 s after which
LiveKit's clients give up a silent server (ping timeout of its join response)."""
SFU_PAUSE_EVERY: Final = 15.0
"""From the end of one pause to the next: enough to fill a room and for a claim to become true."""

BUS_CUT: Final = 1.0
"""How long NATS accepts no connection: shorter than the 2 s its clients wait before a reconnect."""
BUS_CUT_EVERY: Final = 20.0
"""From the end of one cut to the next; all clients are reconnected within 3 s."""

CLOCK_STEP: Final = 3600.0
"""By how much the pages' clocks are changed: as with a wrong time zone."""
CLOCK_STEP_EVERY: Final = 10.0
"""From one step to the next."""

DISK_BLOCK: Final = 8 << 20
"""Bytes that are written and synced at a time: more than a disk's cache absorbs for long."""
