"""Every id of the catalogue has a scenario, or says why it has none yet."""

import re
import subprocess
import sys
from pathlib import Path

from conformance.catalogue import catalogue

SCENARIOS = Path(__file__).parents[2] / "scenarios"

PRINT = """
import pytest
class Ids:
    def pytest_collection_modifyitems(self, items):
        for item in items:
            for mark in item.iter_markers("requirement"):
                print("covers", *mark.args)
pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", {folder!r}], plugins=[Ids()])
"""


def covered() -> set[str]:
    script = PRINT.format(folder=str(SCENARIOS))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    lines = re.findall(r"^covers (.*)$", done.stdout, re.MULTILINE)
    assert lines, done.stdout + done.stderr
    return {requirement for line in lines for requirement in line.split()}


def test_every_id_has_a_scenario_or_says_not_yet() -> None:
    ids = covered()
    requirements = catalogue().requirements
    missing = [r.id for r in requirements.values() if r.id not in ids and r.not_yet is None]
    stale = [r.id for r in requirements.values() if r.id in ids and r.not_yet is not None]
    assert missing == [], "no scenario covers these; write one or say why not yet"
    assert stale == [], "a scenario covers these; remove their not_yet"
