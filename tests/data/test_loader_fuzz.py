"""Whatever stands in a data file, the loader loads it or names the file and line: nothing else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.definitions import load
from app.domain.errors import DefinitionError
from app.resources import data_root
from tests.support.every import some

FILES = [
    "release.yaml",
    "forms/derivacion.yaml",
    "catalogues/house.yaml",
    "institutions.yaml",
    "documents/derivacion.yaml",
    "documents/papers.yaml",
    "documents/letters/escrito_medidas.yaml",
    "registry.csv",
    "places/districts.csv",
    "catalogues/diccionario_ra_cem.csv",
]

YAML_WORDS = st.sampled_from(
    ["form", "sections", "id", "fields", "terms", "code", "shown_when", "not", "all", "is", "field",
     "- ", "? ", ": ", "\n", "\n  ", "\n    ", "{", "}", "[", "]", ",", "&a ", "*a", "!!int ", "|",
     ">", "'", '"', "#", "---\n", "...\n", "%YAML 1.1\n", "~", "null", "true", "0x1f", "1e9", "\t",
     "\x00", "\ufeff", "\u2028", "ñ", "💥", "\udcff"]
)  # fmt: skip


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "data"
        shutil.copytree(data_root(), copy)
        yield copy


def _loads_or_is_refused(root: Path, name: str, content: bytes) -> None:
    path = root / name
    before = path.read_bytes()
    path.write_bytes(content)
    refusal = None
    try:
        load(root)
    except DefinitionError as caught:
        refusal = caught
    finally:
        path.write_bytes(before)
    assert refusal is None or (refusal.line >= 1 and (root / refusal.file).exists())


@settings(max_examples=some(50, 150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(FILES), words=st.lists(st.one_of(YAML_WORDS, st.text(max_size=5))))
def test_random_text_is_loaded_or_refused(root: Path, name: str, words: list[str]) -> None:
    _loads_or_is_refused(root, name, "".join(words).encode("utf-8", "surrogatepass"))


@settings(max_examples=some(50, 150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(FILES),
    at=st.floats(0, 1, exclude_max=True),
    length=st.integers(0, 60),
    put=st.one_of(YAML_WORDS, st.text(max_size=8)),
)
def test_a_damaged_file_is_loaded_or_refused(
    root: Path, name: str, at: float, length: int, put: str
) -> None:
    content = (root / name).read_bytes()
    start = int(at * len(content))
    damaged = content[:start] + put.encode("utf-8", "surrogatepass") + content[start + length :]
    _loads_or_is_refused(root, name, damaged)
