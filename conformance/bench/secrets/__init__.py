"""Claims about the secret that the server supplies: who gets it, and how strong it is."""

from conformance.bench.secrets.distribution import (
    many_joiners,
    marker_found_everywhere,
    one_secret_for_all,
    secret_found_nowhere,
    secret_in_no_webhook,
    sessions_of_simple_rooms,
    webhooks_tell_of_people,
)
from conformance.bench.secrets.entropy import secrets_of_many_sessions
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

__all__ = [
    "IntruderKind",
    "access_trial",
    "many_joiners",
    "marker_found_everywhere",
    "observed_long_enough",
    "one_secret_for_all",
    "prompted_at_all",
    "prompted_before_media",
    "prompts_are_noticed",
    "secret_found_nowhere",
    "secret_in_no_webhook",
    "secrets_of_many_sessions",
    "sessions_of_simple_rooms",
    "shown_a_page",
    "webhooks_after_the_end",
    "webhooks_tell_of_people",
]
