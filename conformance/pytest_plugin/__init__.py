"""The pytest plugin: options, fixtures, markers, and verdicts as outcomes.

A check is a plain pytest test that carries `@requirement(...)`. Its exception decides its
verdict (`conformance.verdicts.verdict_of`). The finding travels with the test's report, also from
a pytest-xdist worker. The controller judges the run, writes the report and sets the exit status.
The plugin leaves tests without the mark alone.

    choices      options, and which of them cannot be used
    collection   which checks run, how often, and in which order
    scheduling   which worker runs a check
    emptying     when a shared room closes
    outcomes     how the end of a check becomes findings
    listening    what the process that started the run receives from the checks and the workers
    run          the run's judgement and its exit status
    ending       signals that end a run
    selftest     every check once for each fault that it has to notice
    fixtures     the stack, the browser, and the rooms
    private_api  what pytest and pytest-xdist do not document
"""

pytest_plugins = [
    "conformance.pytest_plugin.choices",
    "conformance.pytest_plugin.collection",
    "conformance.pytest_plugin.scheduling",
    "conformance.pytest_plugin.emptying",
    "conformance.pytest_plugin.outcomes",
    "conformance.pytest_plugin.run",
    "conformance.pytest_plugin.selftest",
    "conformance.pytest_plugin.fixtures.parts",
    "conformance.pytest_plugin.fixtures.rooms",
    "conformance.pytest_plugin.fixtures.rounds",
    "conformance.pytest_plugin.fixtures.secrets",
]
