"""The command that brings the catalogues up to date, run as people run it."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.catalogue_files import Entry, Status, read_po, seal
from app.i18n import GATED_CONTEXTS
from tests.locales.catalogue_lint import CHECKOUT, TRANSLATED


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "packaging/update_catalogues.py", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


class Copy:
    """A copy of the folder of the catalogues, to be edited as a translator edits it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, code: str) -> Path:
        return self.folder / code / "LC_MESSAGES" / "messages.po"

    def update(self) -> None:
        done = run("--locales", str(self.folder))
        assert done.returncode == 0, done.stderr

    def entry(self, code: str, source: str) -> Entry:
        found = read_po(self.path(code).read_text(encoding="utf-8"))
        return next(one for one in found if one.source == source)

    def replace(self, code: str, source: str, edit: Callable[[list[str]], list[str]]) -> None:
        """Edit the paragraph of one message."""
        blocks = self.path(code).read_text(encoding="utf-8").split("\n\n")
        at = next(n for n, one in enumerate(blocks) if f'\nmsgid "{source}"\n' in f"\n{one}\n")
        blocks[at] = "\n".join(edit(blocks[at].rstrip("\n").split("\n")))
        self.path(code).write_text("\n\n".join(blocks) + "\n", encoding="utf-8")

    def change_rows(self, name: str, change: Callable[[dict[str, str]], None]) -> None:
        path = self.folder / name
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            change(row)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    shutil.copytree(CHECKOUT / "locales", tmp_path / "locales")
    return Copy(tmp_path / "locales")


def reviewed(one: Entry, status: str, text: str) -> list[str]:
    mark = seal(one.key, (text,))
    return [f"# @review status={status} by=R07+R12 on=2026-12-01 h={mark}", "# Said by two women."]


def approve(source_entry: Entry, text: str) -> Callable[[list[str]], list[str]]:
    def edit(lines: list[str]) -> list[str]:
        kept = [line for line in lines if not line.startswith(("# ", "msgstr"))]
        return [*reviewed(source_entry, "approved", text), *kept, f'msgstr "{text}"']

    return edit


def test_the_committed_catalogues_are_up_to_date() -> None:
    done = run("--check")

    assert (done.returncode, done.stdout) == (0, "")


def test_a_stale_catalogue_fails_the_check_and_stays_as_it_is(copy: Copy) -> None:
    template = copy.folder / "messages.pot"
    short = template.read_text(encoding="utf-8").rpartition("\n\n")[0]
    template.write_text(short, encoding="utf-8")

    done = run("--check", "--locales", str(copy.folder))

    assert done.returncode == 1
    assert "messages.pot" in done.stdout
    assert template.read_text(encoding="utf-8") == short


def test_a_second_run_changes_nothing(copy: Copy) -> None:
    shutil.rmtree(copy.folder / "quy")
    copy.update()
    first = {path: path.read_bytes() for path in copy.folder.rglob("messages.po*")}
    copy.update()

    assert len(first) == 1 + len(TRANSLATED)
    assert {path: path.read_bytes() for path in copy.folder.rglob("messages.po*")} == first


def test_what_people_reviewed_wrote_and_remarked_is_kept(copy: Copy) -> None:
    copy.replace("quy", "Buscar", approve(copy.entry("quy", "Buscar"), "Maskariy"))
    copy.replace(
        "quy", "Atrás", lambda lines: [one.replace("Qipaman", "Qipaman kutiy") for one in lines]
    )
    copy.replace("quy", "Riesgo", lambda lines: ["# Two words were proposed.", *lines])
    copy.update()

    kept = copy.entry("quy", "Buscar")
    assert (kept.forms, kept.status) == (("Maskariy",), Status.APPROVED)
    changed = copy.entry("quy", "Atrás")
    assert (changed.forms, changed.status) == (("Qipaman kutiy",), Status.DRAFT)
    text = copy.path("quy").read_text(encoding="utf-8")
    assert "# Said by two women.\n" in text
    assert "# Two words were proposed.\n" in text


def test_a_draft_that_nobody_touched_follows_the_tables(copy: Copy) -> None:
    def change(row: dict[str, str]) -> None:
        if row["es"] == "buscar":
            row["quy"] = "maskariy"
        if row["es"] == "atrás":
            row["quy_certainty"] = "C"
        if row["es"] == "hora":
            row["fills"] = "agr"

    copy.change_rows("glossary.csv", change)
    copy.update()

    assert copy.entry("quy", "Buscar").forms == ("Maskariy",)
    assert copy.entry("quy", "Atrás").status is Status.MISSING
    assert copy.entry("quy", "Hora").status is Status.MISSING
    assert copy.entry("agr", "Hora").status is Status.DRAFT


def test_a_wording_with_two_meanings_fills_nothing(copy: Copy) -> None:
    assert copy.entry("quy", "Buscar").status is Status.DRAFT

    def change(row: dict[str, str]) -> None:
        if row["es"] == "guardar":
            row["also"] = "buscar"

    copy.change_rows("glossary.csv", change)
    copy.update()

    assert copy.entry("quy", "Buscar").status is Status.MISSING


def test_a_reviewed_text_that_left_the_program_is_kept_aside_and_comes_back(copy: Copy) -> None:
    gone = Entry(None, "Ya no se usa", None, ("Mana",), {})
    block = [*reviewed(gone, "speaker", "Mana"), 'msgid "Ya no se usa"', 'msgstr "Mana"']
    with copy.path("agr").open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(block) + "\n")
    copy.replace("agr", "Buscar", approve(copy.entry("agr", "Buscar"), "Egata"))
    copy.replace(
        "agr",
        "Buscar",
        lambda lines: [f"#~ {one}" if one.startswith("msg") else one for one in lines],
    )
    copy.update()
    copy.update()

    text = copy.path("agr").read_text(encoding="utf-8")
    assert '#~ msgid "Ya no se usa"\n#~ msgstr "Mana"\n' in text
    assert "Ya no se usa" not in {one.source for one in read_po(text)}
    assert copy.entry("agr", "Buscar").status is Status.APPROVED


def test_nothing_is_born_reviewed(copy: Copy) -> None:
    for code in TRANSLATED:
        copy.path(code).unlink()
    copy.update()
    for code in TRANSLATED:
        found = read_po(copy.path(code).read_text(encoding="utf-8"))
        assert {one.status for one in found} == {Status.MISSING, Status.DRAFT}, code
        phrases_of_gate = {
            one.source for one in found if one.context in GATED_CONTEXTS and one.is_translated
        }
        # Single words that the glossary attests; sentences of the gate come from speakers alone.
        assert all(len(source.split()) <= 2 for source in phrases_of_gate), code
