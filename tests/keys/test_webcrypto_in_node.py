"""The WebCrypto implementation in Node, as a second implementation without a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from conformance.keys.published.locate import SCHEMA_FILE, vectors_folder
from conformance.keys.published.vectors import judged, load_vectors

NODE = shutil.which("node")
VECTORS = sorted(path for path in vectors_folder().glob("*.json") if path.name != SCHEMA_FILE)
RUN = """
let text = "";
process.stdin.on("data", (data) => (text += data));
process.stdin.on("end", async () =>
  console.log(JSON.stringify(await plugnmeetVectors(JSON.parse(text)))));
"""


@pytest.mark.skipif(not NODE, reason="no node on this machine")
@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_webcrypto_gets_every_vector_right_and_refuses_every_invalid_one(path: Path) -> None:
    [(_, vectors)] = load_vectors(path).items()
    script = (
        files("conformance.keys.published").joinpath("webcrypto.js").read_text(encoding="utf-8")
    )
    ran = subprocess.run(
        [str(NODE), "-e", f"globalThis.crypto ??= require('crypto').webcrypto;\n{script}{RUN}"],
        input=json.dumps(vectors.model_dump(mode="json", by_alias=True)),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    outcomes = dict(json.loads(ran.stdout))
    assert judged(path, vectors, outcomes) == []
    invalid = [test.tc_id for _, test in vectors.tests() if test.result == "invalid"]
    assert all("refused" in outcomes[tc_id] for tc_id in invalid)
