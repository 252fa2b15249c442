"""For any bytes a reader keeps its contract, and ends soon.

The targets are those of the coverage-guided fuzzer (fuzz.py). Here each target gets its seeds,
changed seeds and short random bytes, the same on every machine.
"""

from __future__ import annotations

import time

import pytest
import targets_keys  # noqa: F401 - registers its targets
import targets_observers  # noqa: F401
import targets_wire  # noqa: F401
from fuzz_target import TARGETS, mutated
from hypothesis import given
from hypothesis import strategies as st

CPU_SECONDS = 2.0
"""The limit for one input of at most about 100 kB; most take a thousandth of it."""


def _check(name: str, data: bytes) -> None:
    began = time.process_time()
    TARGETS[name].check(data)
    assert time.process_time() - began < CPU_SECONDS


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_accepts_its_seeds(name: str) -> None:
    for seed in TARGETS[name].seeds:
        _check(name, seed)


@pytest.mark.parametrize("name", TARGETS)
@given(st.data())
def test_changed_and_random_bytes_keep_the_readers_contract(name: str, data: st.DataObject) -> None:
    seed = st.sampled_from(TARGETS[name].seeds)
    changed = st.builds(mutated, seed, st.integers(0, 2**32 - 1))
    _check(name, data.draw(st.one_of(changed, changed, st.binary(max_size=200))))
