"""Coverage-guided fuzzing of one target: `python tests/fuzz/fuzz.py TARGET [libFuzzer options]`.

Without a target it lists the targets. New inputs go to the first folder that is given, otherwise
to .fuzz/TARGET (ignored by git). It needs atheris, the extra `fuzz` of this package.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

with atheris.instrument_imports(include=["conformance"]):
    import targets_keys  # noqa: F401 - registers its targets
    import targets_observers  # noqa: F401
    import targets_wire  # noqa: F401
from fuzz_target import TARGETS  # noqa: E402 - the path has to be set first


def main() -> None:
    """Fuzz until a find or the options' limit (-max_total_time=SECONDS, -runs=COUNT)."""
    name, *options = sys.argv[1:] or [""]
    if name not in TARGETS:
        sys.exit(f"give one of: {' '.join(TARGETS)}")
    target = TARGETS[name]
    if not any(not option.startswith("-") for option in options):
        options.append(str(ROOT / ".fuzz" / name))
    corpus = Path(next(option for option in options if not option.startswith("-")))
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    bounds = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=65536"]
    atheris.Setup([sys.argv[0], *bounds, *options], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
