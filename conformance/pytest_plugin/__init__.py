"""Where pytest and the rest meet: options, fixtures, markers, verdicts as outcomes.

A check is a plain pytest test that carries `@requirement(...)`. Its exception decides its
verdict (`conformance.verdicts.verdict_of`); the finding travels with the test's report, also from
a pytest-xdist worker, and the controller judges the run, writes the report and sets the exit
status. Tests without the mark are none of this plugin's business.

    choices    options, and what of them cannot be used
    order      which checks run, in which order, on which worker
    outcomes   how the end of a check becomes findings
    listening  what the process that started the run hears
    run        the run's judgement and its exit status
    ending     signals that end a run
    seeding    a trial of the suite itself: every check once for each fault that concerns it
"""

from conformance.pytest_fixtures import (
    ai_control,
    alarm,
    browser,
    browser_traces,
    check_context,
    encrypted_room,
    fault,
    full_sessions,
    honest_recorder_control,
    honest_room,
    honest_rooms,
    honest_stack,
    machine_lock,
    mixed_codec_room,
    notes,
    plain_room_control,
    provider,
    recorder_control,
    rooms,
    shared_room,
    stack,
    store_snapshots,
    this_round,
    two_sessions,
    webhooks,
)
from conformance.pytest_plugin.choices import pytest_addoption, pytest_configure
from conformance.pytest_plugin.order import (
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_configure_node,
    pytest_generate_tests,
    pytest_runtest_teardown,
    pytest_xdist_make_scheduler,
)
from conformance.pytest_plugin.outcomes import (
    pytest_runtest_makereport,
    pytest_runtest_protocol,
    pytest_runtest_setup,
)
from conformance.pytest_plugin.run import (
    pytest_sessionfinish,
    pytest_sessionstart,
    pytest_terminal_summary,
)

__all__ = [
    "ai_control",
    "alarm",
    "browser",
    "browser_traces",
    "check_context",
    "encrypted_room",
    "fault",
    "full_sessions",
    "honest_recorder_control",
    "honest_room",
    "honest_rooms",
    "honest_stack",
    "machine_lock",
    "mixed_codec_room",
    "notes",
    "plain_room_control",
    "provider",
    "pytest_addoption",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_configure_node",
    "pytest_generate_tests",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
    "pytest_runtest_teardown",
    "pytest_sessionfinish",
    "pytest_sessionstart",
    "pytest_terminal_summary",
    "pytest_xdist_make_scheduler",
    "recorder_control",
    "rooms",
    "shared_room",
    "stack",
    "store_snapshots",
    "this_round",
    "two_sessions",
    "webhooks",
]  # fmt: skip
