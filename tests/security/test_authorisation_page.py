"""``docs/authorisation.md`` says what the data says."""

from __future__ import annotations

from dataclasses import replace

from app.datafiles.authorisation import read_authorisation
from app.definitions import load
from app.domain.permission import Access, Relation
from app.resources import data_root
from tests.security.authorisation_page import BEGIN, END, PAGE, page


def test_the_page_is_made_from_the_data() -> None:
    text = PAGE.read_text(encoding="utf-8")
    part = text.partition(BEGIN)[2].partition(END)[0]
    matrix = read_authorisation(data_root(), load().forms)

    assert part.strip() == page(matrix).strip(), "run: python -m tests.security.authorisation_page"


def test_a_single_changed_answer_changes_the_page() -> None:
    matrix = read_authorisation(data_root(), load().forms)
    refer = matrix.acts["refer"]
    grants = {**refer.grants, ("soporte", Relation.RESERVED): Access.EXISTS}
    changed = replace(matrix, acts={**matrix.acts, "refer": replace(refer, grants=grants)})

    assert page(changed) != page(matrix)
