"""The build of the reference client is pinned and documented."""

from __future__ import annotations

import json
import re
from pathlib import Path

import conformance

CLIENT = Path(conformance.__file__).parent / "reference" / "client"


def test_the_lock_file_names_no_registry() -> None:
    text = (CLIENT / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in text
    assert ".tgz" not in text


def test_the_lock_file_pins_every_package_by_its_hash() -> None:
    packages = json.loads((CLIENT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert all("integrity" in package for path, package in packages.items() if path)
    assert all("version" in package for package in packages.values())


def test_every_dependency_has_one_exact_version() -> None:
    package = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values()), versions


def test_the_readme_names_everything_that_the_driver_looks_for() -> None:
    driver = Path(conformance.__file__).parent / "clients" / "reference.py"
    readme = (CLIENT / "README.md").read_text(encoding="utf-8")
    names = set(re.findall(r'name="([^"]+)"|get_by_label\("([^"]+)"\)', driver.read_text("utf-8")))
    looked_for = {name for pair in names for name in pair if name} - {"reference"}
    assert looked_for
    assert {name for name in looked_for if f"`{name}`" not in readme} == set()
