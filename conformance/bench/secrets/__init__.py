"""Claims about the secret that the server supplies: who gets it, and how strong it is."""

from conformance.bench.secrets.carriers import carriers_of_a_session
from conformance.bench.secrets.distribution import (
    Sessions,
    many_joiners,
    one_secret_for_all,
    secret_in_no_webhook,
    sessions_of_simple_rooms,
    webhooks_tell_of_people,
)
from conformance.bench.secrets.entropy import SecretSample, secrets_of_many_sessions
from conformance.bench.secrets.predictability import public_knowledge
from conformance.bench.secrets.prompts import (
    observed_long_enough,
    prompted_at_all,
    prompted_before_media,
    prompts_are_noticed,
    shown_a_page,
)
from conformance.bench.secrets.unauthorized_access import (
    IntruderKind,
    access_trial,
    webhooks_after_the_end,
)
from conformance.bench.secrets.zero_knowledge import read_carriers

__all__ = [
    "IntruderKind",
    "SecretSample",
    "Sessions",
    "access_trial",
    "carriers_of_a_session",
    "many_joiners",
    "observed_long_enough",
    "one_secret_for_all",
    "prompted_at_all",
    "prompted_before_media",
    "prompts_are_noticed",
    "public_knowledge",
    "read_carriers",
    "secret_in_no_webhook",
    "secrets_of_many_sessions",
    "sessions_of_simple_rooms",
    "shown_a_page",
    "webhooks_after_the_end",
    "webhooks_tell_of_people",
]
