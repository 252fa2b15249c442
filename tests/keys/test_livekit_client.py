"""livekit-client's own worker and key provider agree with every vector.

`vectors/examples/livekit.mjs` runs them in Node. The package is the one that the reference client
pins; it is there after `npm ci` in its folder.
"""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli.vectors import app
from conformance.keys.published.locate import SCHEMA_FILE, vectors_folder
from conformance.keys.published.vectors import load_vectors

FOLDER = vectors_folder()
NODE = shutil.which("node")
PACKAGE = Path(__file__).parents[2] / "conformance/reference/client/node_modules/livekit-client"
VECTORS = sorted(path.stem for path in FOLDER.glob("*.json") if path.name != SCHEMA_FILE)
CHOSEN = {
    "Av1": "refused",
    "CounterWrap": "accepted",
    "KnownDivergence": "refused",
    "LoneSurrogate": "accepted",
    "MayDrop, OtherCodec": "accepted",
    "NotSessionBound": "accepted",
    "Redundancy": "accepted",
    "TrailerCollision": "refused",
    "UnescapedTwice": "refused",
}
"""What livekit-client does with every test whose flags begin or end so, where either is right."""

EVERY = {"key_derivation": 4, "ratchet": 5, "session_isolation": 2}
"""Files with costly tests: one in so many is tried here. `vectors verify` tries them all."""

pytestmark = [
    pytest.mark.skipif(not NODE, reason="no node"),
    pytest.mark.skipif(not PACKAGE.is_dir(), reason="no npm packages of the reference client"),
]


def test_the_package_is_the_version_that_the_vectors_name() -> None:
    assert json.loads((PACKAGE / "package.json").read_bytes())["version"] == "2.21.0"


@pytest.mark.parametrize("name", VECTORS)
def test_livekit_client_gets_every_vector_right(name: str, tmp_path: Path) -> None:
    file = _sample(name, tmp_path)
    program = shlex.join((str(NODE), str(FOLDER / "examples/livekit.mjs"), str(PACKAGE)))
    arguments = ["verify", str(file), "--program", program, "--deadline", "60"]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stderr) == (0, ""), result.stdout
    said = dict(line.strip().split(": ") for line in result.stdout.splitlines()[1:])
    tests = [test for _, test in load_vectors(file).popitem()[1].tests()]
    assert set(said) == {", ".join(test.flags) for test in tests if test.result == "acceptable"}
    for flags, counts in said.items():
        for flag, chosen in CHOSEN.items():
            if flags.startswith(flag) or flags.endswith(flag):
                other = "accepted 0" if chosen == "refused" else "refused 0"
                assert other in counts, flags


def _sample(name: str, folder: Path) -> Path:
    read = json.loads((FOLDER / f"{name}.json").read_bytes())
    for group in read["testGroups"]:
        group["tests"] = [one for one in group["tests"] if one["tcId"] % EVERY.get(name, 1) == 0]
    read["testGroups"] = [group for group in read["testGroups"] if group["tests"]]
    read["numberOfTests"] = sum(len(group["tests"]) for group in read["testGroups"])
    file = folder / f"{name}.json"
    file.write_text(json.dumps(read), encoding="utf-8")
    return file
