"""Every duration, count and threshold of the bench, with its reason. Seconds unless said."""

from typing import Final

ENTRY: Final = 60.0
"""From opening the page to its prompt, landing page or error page. A cold browser on two busy
cores needs about 3 s, the official client at eight times the load has been seen to need over 20;
waiting longer costs nothing where the page does come."""

JOIN: Final = 60.0
"""From pressing join to being in the room."""

POSITIVE: Final = 30.0
"""How long a positive claim may take to come true. A right key shows its first picture within
4 s on an idle machine with two cores; a loaded one has been seen to need 15 s."""

SEES_FRAMES: Final = 3
"""Distinct counters of the sender's own picture mark before "sees" is said: one could be a still
picture, two could be the last ones before a freeze."""

HEARS_READINGS: Final = 3
"""Separate readings of the sender's own pair of tones before "hears" is said."""

NEVER_FRAMES: Final = 30
"""Progress of the positive control during which a negative claim has to hold, in distinct
pictures of a right-key sender seen by a right-key receiver. With about six readings a second it
lasts 5 s: five times as long as the slowest first picture after the packets arrived."""

NEVER_TONES: Final = 15
"""The same for sound, in readings of the control's tones."""

HOSTILE_FRAMES: Final = 12
"""Progress of an honest room, in pictures, during which nothing may leave a deceived client in
clear: 2 s from when that client is in, or has refused; a first frame leaves within 1 s."""

HINDERED_JOIN: Final = 15.0
"""How long a client whose encryption cannot start gets to come in; whether it does, is its own
choice. The reference client gives up by itself after 5 s."""

AFTER_MESSAGE_FRAMES: Final = 8
"""How long a message may still turn up after the control read its own: in pictures, over 1 s."""

MESSAGE: Final = 15.0
"""From sending a chat, whiteboard or data message to seeing it on the other's page."""

ERROR_SHOWN: Final = 25.0
"""From the first undecryptable packet to an error message on the page. livekit-client reports
the first failure at once and then at most one a second (client-sdk-js 2.21, PR 1720)."""

NEW_SESSION: Final = 40.0
"""From endRoom to a new session of the same room: the product's clean-up holds the room's lock
for up to 20 s (plugNmeet-server v2.4.0, pkg/models/room_end.go)."""

SERVER_RECOVERS: Final = 10.0
"""How long a server that cannot create a room just now is asked again: NATS' clients wait 2 s to
come again, and a run may begin in such a moment."""

GONE: Final = 10.0
"""From somebody's leaving until they may come again: a server notices it within a second or so."""

WEBHOOK: Final = 5.0
"""From an event to its webhook."""

FRAMES_OPENED: Final = 0.99
"""Share of the forwarded frames that a key has to open before it is called the key (KEY-2)."""

FRAMES_A_RUN: Final = 200
"""Whole frames, sound and pictures together, below which a key was not tried enough (KEY-2)."""

FRAMES_OF_KIND: Final = 12
"""The same of each kind and person: two seconds of pictures."""

NONCES: Final = 16
"""Nonces of data messages. That one of 12 bytes is the same in all 16 by chance: 12 x 2^-120."""

FRAMES_UNOPENED: Final = 5
"""Frames of a track in a row that no key opens before they are called sent otherwise: less than a
second of pictures, a tenth of sound. None was ever seen from a client that encrypts."""

FRAMES_AFTER: Final = 20
"""Frames of each kind that are kept after something changed: three seconds of pictures."""

RECONNECTED: Final = 30.0
"""From a lost connection to a new one to each place: nats-core waits a second between two tries,
livekit-client up to ten between its later ones."""

RECONNECTED_FRAMES: Final = 18
"""Pictures after a lost connection's sockets are back, 3 s of them: livekit-client says that it has
come back only when its peer connections are, and that is when a client may lose its key."""

CLEARED_UP: Final = 5.0
"""From leaving to browser stores that the client has cleared: a database goes within 1 s."""

CLEARED: Final = 90.0
"""From endRoom until nothing of the session is held any more: the product clears up for up to
20 s, and Redis keeps the room's metadata for another 60 (plugNmeet-server v2.4.0,
pkg/services/redis/room.go)."""

ON_DISK: Final = 20.0
"""From a change to its bytes in the files of a storage engine: InnoDB writes its log each second,
JetStream within a few milliseconds."""

AI_WORDS: Final = 12
"""Words that the AI hears of the plain room while nothing may begin in another: about four a
second, so three seconds. An agent that was sent to work was in its room within two."""

AI_GOES_ON: Final = 120.0
"""How long these words may take: on two busy cores the AI has been seen to lag by a minute."""

AI_ANSWER: Final = 30.0
"""From asking for AI to the answer; the product gives an agent 5 s, the reference server 20."""

AI_WORKS: Final = 45.0
"""From the answer to words on the bus: a cold agent, a phrase of two seconds, its translation."""

AI_FOLLOWS: Final = 12.0
"""How long it is looked what an agent gets that was let into an encrypted room."""

AGENT_SOUND: Final = 4.0
"""Seconds of sound that an agent without the secret has to get before it is said to hear nobody: in
a plain room it knows everybody's tones after one."""

RECORDED: Final = 120.0
"""From the order to a recording of `RECORDED_MEDIA`: a second browser starts, and a bot has 30 s
for each step of its way in."""

RECORDED_MEDIA: Final = 4.0
"""How much of a meeting is recorded, from the first pictures of everybody in it on: at six marks
a second that is eight times what "sees" needs, and sound for sixteen windows of it."""

STOPPED: Final = 100.0
"""From asking a recorder to stop until its file, or what its broadcast brought, is complete."""

PACKET_LOSS: Final = 5
"""Per cent of the packets lost each way: where video calls begin to suffer, and go on."""

SFU_PAUSE: Final = 4.0
"""How long the SFU stands still: longer than any decoder waits, shorter than the 15 s after which
LiveKit's clients give a silent server up (ping timeout of its join response)."""
SFU_PAUSE_EVERY: Final = 15.0
"""From its going on to the next pause: a room fills and a claim comes true in between."""

BUS_CUT: Final = 1.0
"""How long NATS takes no connection: shorter than the 2 s that its clients wait to come again."""
BUS_CUT_EVERY: Final = 20.0
"""From the end of one cut to the next; all are back within 3 s."""

CLOCK_STEP: Final = 3600.0
"""By how much the pages' clocks are set: as by a wrong time zone."""
CLOCK_STEP_EVERY: Final = 10.0
"""From one step to the next."""

DISK_BLOCK: Final = 8 << 20
"""Bytes that are written and synced at a time: more than a disk's own cache absorbs for long."""
