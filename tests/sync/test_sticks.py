"""A stick may be full, locked, pulled out, old, renamed or full of other things: no harm is done."""

from __future__ import annotations

import errno
import os
import pwd
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.services.messages import SENTENCES
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from db.presence import DATABASE_NAME, VAULT_NAME
from sync.client.folder import BATCH, STATEMENT
from sync.client.stick import FOLDER_NAME
from sync.protocol.batch import batch_id
from sync.protocol.limits import BATCH_MAX
from sync.protocol.roster import statement_id
from tests.support.spoilt import altered, batches_of
from tests.support.stations import RegionPlace, said, view
from tests.support.sticks import files


@pytest.fixture
def stick() -> Iterator[Path]:
    """A folder that everybody of this machine can reach, as a mounted stick is."""
    folder = Path(tempfile.mkdtemp(prefix="stick-"))
    folder.chmod(0o755)
    yield folder
    _unlock(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _unlock(folder: Path) -> None:
    for one in (folder, *folder.rglob("*")):
        if one.is_dir():
            one.chmod(0o755)


def written(pair: tuple[Typist, Typist], stick: Path) -> None:
    """B left its batches on the stick, and A wrote something since."""
    a, b = pair
    b.register({"names": "De la colega"})
    assert b.use_stick(stick).failure is None
    a.register({"names": "Propia"})


def level(pair: tuple[Typist, Typist], stick: Path) -> None:
    a, b = pair
    for one in (a, b, a):
        assert one.use_stick(stick).failure is None
    assert a.digest() == b.digest()
    for one in pair:
        # A stick is no proof that the region has anything.
        assert view(one).waiting_changes > 0
        assert said(one).startswith(
            "Todavía no se sincronizó con la región · última memoria USB hace un momento · "
        )


@contextmanager
def as_plain_user() -> Iterator[None]:
    """Take root's power over files away: locks hold for everybody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_locked_stick_gives_what_it_brings_and_says_that_it_takes_nothing(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, _ = pair
    written(pair, stick)
    before = files(stick)
    for folder in (*(stick / FOLDER_NAME).iterdir(), stick / FOLDER_NAME, stick):
        folder.chmod(0o555)
    with as_plain_user():
        report = a.use_stick(stick)
    assert report.failure == "stick_read_only"
    assert SENTENCES["stick_read_only"]
    assert report.batches_received >= 1
    assert report.batches_sent == 0
    assert files(stick) == before
    _unlock(stick)
    level(pair, stick)


def test_a_stick_that_may_not_be_read_at_all_is_no_stick(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, _ = pair
    written(pair, stick)
    stick.chmod(0o000)
    with as_plain_user():
        report = a.use_stick(stick)
    assert report.failure == "stick_gone"
    stick.chmod(0o755)
    level(pair, stick)


@contextmanager
def room_for(size: int, *, from_step: SyncStep) -> Iterator[Callable[[SyncProgress], None]]:
    """Have the kernel write no more of a file than this, once a run came to a step."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)

    def on_progress(progress: SyncProgress) -> None:
        if progress.step is from_step:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))

    try:
        yield on_progress
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_a_full_stick_gives_what_it_brings_and_is_not_left_full_of_halves(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, _ = pair
    written(pair, stick)
    before = files(stick, "")
    with room_for(100, from_step=SyncStep.SEND) as on_progress:
        reports: list[SyncReport] = []
        a.workplace.sync.sync_folder(stick, on_progress, reports.append)
    report = reports[0]
    assert report.failure == "stick_full"
    assert SENTENCES["stick_full"]
    assert report.batches_received >= 1
    assert files(stick, "") == before
    level(pair, stick)


def test_a_full_stick_that_brings_nothing_new_was_read_and_fails_at_writing(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, _ = pair
    assert a.use_stick(stick).failure is None
    a.register({"names": "Propia"})
    steps: list[SyncStep] = []
    with room_for(100, from_step=SyncStep.SEND) as on_progress:

        def look(progress: SyncProgress) -> None:
            steps.append(progress.step)
            on_progress(progress)

        reports: list[SyncReport] = []
        a.workplace.sync.sync_folder(stick, look, reports.append)
    assert reports[0].failure == "stick_full"
    assert list(dict.fromkeys(steps)) == [
        SyncStep.PREPARE,
        SyncStep.CONNECT,
        SyncStep.RECEIVE,
        SyncStep.SEND,
    ]


def _pulled_out_at(step: SyncStep, typist: Typist, stick: Path) -> SyncReport:
    reports: list[SyncReport] = []

    def on_progress(progress) -> None:
        if progress.step is step and stick.exists():
            shutil.rmtree(stick)

    typist.workplace.sync.sync_folder(stick, on_progress, reports.append)
    return reports[0]


@pytest.mark.parametrize(
    "step", [SyncStep.PREPARE, SyncStep.CONNECT, SyncStep.RECEIVE, SyncStep.SEND]
)
def test_a_stick_pulled_out_at_any_step_leaves_everything_as_saved(
    pair: tuple[Typist, Typist], stick: Path, step: SyncStep
) -> None:
    a, _ = pair
    written(pair, stick)
    waiting = view(a).waiting_changes
    report = _pulled_out_at(step, a, stick)
    assert report.failure == "stick_gone"
    assert SENTENCES["stick_gone"]
    assert view(a).waiting_changes >= waiting
    stick.mkdir()
    level(pair, stick)


def test_what_opens_the_batches_lies_on_a_stick_before_them(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    # Pulled out in between, it may be all that is left of a laptop that renewed the epoch.
    a, _ = pair
    a.register({"names": "Propia"})
    reports: list[SyncReport] = []
    there: list[tuple[int, int]] = []

    def on_progress(progress) -> None:
        if progress.step is SyncStep.SEND:
            there.append(tuple(len(list(stick.rglob(f"*{end}"))) for end in (".acta", ".lote")))

    a.workplace.sync.sync_folder(stick, on_progress, reports.append)
    assert reports[0].failure is None
    statements = len(a.laptop.keys.statements())
    assert there[:2] == [(0, 0), (statements, 0)]


def test_no_stick_is_no_stick(pair: tuple[Typist, Typist], tmp_path: Path) -> None:
    a, _ = pair
    a_file = tmp_path / "a file"
    a_file.write_bytes(b"")
    for nothing in (tmp_path / "nothing", a_file):
        report = a.use_stick(nothing)
        assert report.failure == "stick_gone"
        assert not (nothing / FOLDER_NAME).exists()


def test_the_folder_of_a_laptop_is_no_stick(region: RegionPlace, tmp_path: Path) -> None:
    laptop = Typist.at(region.first_at(tmp_path / "laptop").laptop)
    report = laptop.use_stick(tmp_path / "laptop")
    assert report.failure == "stick_is_laptop"
    assert report.failure in SENTENCES
    assert not (tmp_path / "laptop" / FOLDER_NAME).exists()
    laptop.laptop.close()


@pytest.mark.parametrize("name", [DATABASE_NAME, VAULT_NAME])
def test_a_stick_with_one_file_of_such_a_name_is_used_all_the_same(
    pair: tuple[Typist, Typist], stick: Path, name: str
) -> None:
    (stick / name).write_bytes(b"of another program")
    level(pair, stick)
    assert (stick / name).read_bytes() == b"of another program"


@pytest.mark.parametrize("code", [errno.EIO, errno.ENODEV, errno.EACCES, errno.ESTALE])
def test_a_stick_whose_very_folder_fails_is_named_and_is_no_bug(
    pair: tuple[Typist, Typist], stick: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A stick pulled out of Linux answers EIO to everything: the disk's fault is put in here."""
    a, _ = pair
    written(pair, stick)
    stat = os.stat

    def broken(path, *args, **kwargs):
        if str(path).startswith(str(stick)):
            raise OSError(code, os.strerror(code))
        return stat(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", broken)
        report = a.use_stick(stick)
    assert report.failure == "stick_gone"
    level(pair, stick)


def test_files_cut_short_altered_and_left_half_are_passed_over_and_put_right(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, b = pair
    for number in range(4):
        a.register({"names": f"Inventada {number}"})
        batches_of(a)
    assert a.use_stick(stick).failure is None
    cut, changed, empty, *_ = files(stick)
    cut.write_bytes(cut.read_bytes()[:-20])
    changed.write_bytes(altered(changed.read_bytes()))
    empty.write_bytes(b"")
    (stick / FOLDER_NAME / f"{'ab' * 32}{BATCH}.part").write_bytes(b"half")

    report = b.use_stick(stick)
    assert report.failure is None
    assert (report.set_aside, report.batches_received) == (3, 1)
    assert {row.reason for row in view(b).set_aside} == {"batch_truncated", "batch_altered"}
    level(pair, stick)
    for path in files(stick):
        assert path.stem == batch_id(path.read_bytes()).hex()


def test_an_old_stick_and_one_played_again_change_nothing(
    pair: tuple[Typist, Typist], stick: Path, tmp_path: Path
) -> None:
    """(C1)"""
    a, b = pair
    case_id, _ = a.register({"names": "Nombre primero"})
    assert a.use_stick(stick).failure is None
    old = tmp_path / "old"
    shutil.copytree(stick, old)
    a.type_fields(case_id, {"names": "Nombre segundo"})
    level(pair, stick)
    before = b.digest()
    for _ in range(2):
        report = b.use_stick(old)
        assert (report.failure, report.batches_received, report.set_aside) == (None, 0, 0)
    assert b.digest() == before
    shutil.rmtree(stick)
    old.rename(stick)
    level(pair, stick)
    assert a.digest() == before


def test_renamed_files_arrive_all_the_same(pair: tuple[Typist, Typist], stick: Path) -> None:
    a, b = pair
    a.register({"names": "Inventada"})
    assert a.use_stick(stick).failure is None
    for number, path in enumerate(files(stick)):
        path.rename(path.with_name(f"copia ({number}) de ñandú{BATCH}"))
    for number, path in enumerate(files(stick, STATEMENT)):
        path.rename(path.with_name(f"copia ({number}){STATEMENT}"))
    report = b.use_stick(stick)
    assert report.failure is None
    assert report.batches_received >= 1
    level(pair, stick)


def test_files_under_each_others_names_arrive_all_the_same(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, b = pair
    for number in range(2):
        a.register({"names": f"Inventada {number}"})
        batches_of(a)
    assert a.use_stick(stick).failure is None
    one, two, *_ = files(stick)
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)
    assert b.use_stick(stick).set_aside == 0
    level(pair, stick)


def test_other_peoples_files_are_left_alone(pair: tuple[Typist, Typist], stick: Path) -> None:
    a, b = pair
    folder = stick / FOLDER_NAME
    folder.mkdir()
    foreign = {
        stick / "tarea.docx": b"PK\3\4",
        stick / f"{'cd' * 32}{BATCH}": b"not in our folder",
        folder / "foto.jpg": b"\xff\xd8",
        folder / f"mi tarea{BATCH}": b"not ours, though it ends so",
        folder / f"nota{STATEMENT}": b"not ours",
        **{folder / f"canción {number}.mp3": b"ID3" for number in range(200)},
    }
    for path, content in foreign.items():
        path.write_bytes(content)
    (folder / f"carpeta{BATCH}").mkdir()
    (folder / f"enlace{BATCH}").symlink_to("/etc/passwd")
    os.mkfifo(folder / f"tubo{BATCH}")
    a.register({"names": "Inventada"})

    assert a.use_stick(stick).set_aside == 1
    assert b.use_stick(stick).set_aside == 1
    level(pair, stick)
    for path, content in foreign.items():
        assert path.read_bytes() == content


def test_a_file_over_the_limit_is_set_aside_and_costs_no_more_than_the_limit(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, b = pair
    a.register({"names": "Inventada"})
    assert a.use_stick(stick).failure is None
    huge = stick / FOLDER_NAME / f"{'ef' * 32}{BATCH}"
    with huge.open("wb") as file:
        file.write(files(stick)[0].read_bytes())
        file.truncate(3 << 30)  # sparse
    report = b.use_stick(stick)
    assert report.failure is None
    assert report.set_aside == 1
    assert report.bytes_down < 4 * BATCH_MAX
    assert [row.reason for row in view(b).set_aside] == ["batch_over_limit"]
    level(pair, stick)


def test_one_stick_serves_many_laptops_and_centres(
    pair: tuple[Typist, Typist], stick: Path, region
) -> None:
    others = region.pair()
    for one in (*pair, *others):
        one.register({"names": "Inventada"})
    for one in (*pair, *others, *pair, *others):
        assert one.use_stick(stick).failure is None
    for first, second in (pair, others):
        assert first.digest() == second.digest()
        assert {row.reason for row in view(first).set_aside} <= {"batch_wrong_centre"}
    assert pair[0].digest() != others[0].digest()
    for one in others:
        one.laptop.close()


def test_statements_travel_on_the_stick_and_false_ones_are_dropped(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, b = pair
    assert a.use_stick(stick).failure is None
    real = {one.name for one in files(stick, STATEMENT)}
    assert real == {
        f"{statement_id(one).hex()}{STATEMENT}" for one in a.laptop.keys.keyring.statements
    }
    for number, path in enumerate(files(stick, STATEMENT)):
        path.write_bytes(altered(path.read_bytes(), number))
    (stick / FOLDER_NAME / f"{'aa' * 32}{STATEMENT}").write_bytes(bytes(1 << 20))
    known = b.laptop.keys.keyring.statements
    level(pair, stick)
    assert b.laptop.keys.keyring.statements == known
    for path in files(stick, STATEMENT):
        if path.name in real:
            assert path.stem == statement_id(path.read_bytes()).hex()


def test_a_file_cut_short_is_put_right_by_whoever_holds_the_batch(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, b = pair
    a.register({"names": "Inventada"})
    assert a.use_stick(stick).failure is None
    whole = {path.name: path.read_bytes() for path in files(stick)}
    for path in files(stick):
        path.write_bytes(path.read_bytes()[:100])
    report = a.use_stick(stick)
    assert (report.failure, report.set_aside, report.batches_sent) == (None, 0, len(whole))
    assert {path.name: path.read_bytes() for path in files(stick)} == whole
    assert b.use_stick(stick).set_aside == 0


@pytest.mark.parametrize("at", [4, 6, 13, 60])  # version, centre, centre, further on
def test_a_file_whose_front_was_turned_is_put_right_by_whoever_holds_the_batch(
    pair: tuple[Typist, Typist], stick: Path, at: int
) -> None:
    a, b = pair
    a.register({"names": "Inventada"})
    assert a.use_stick(stick).failure is None
    whole = {path.name: path.read_bytes() for path in files(stick)}
    for path in files(stick):
        content = path.read_bytes()
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x40]) + content[at + 1 :])
    a.use_stick(stick)
    there = {path.name: path.read_bytes() for path in files(stick)}
    assert {name: there[name] for name in whole} == whole
    report = b.use_stick(stick)
    assert report.failure is None
    assert report.changes_received > 0


def test_a_file_that_looks_like_a_newer_batch_keeps_no_other_from_its_name(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, b = pair
    a.register({"names": "Inventada"})
    assert a.use_stick(stick).failure is None
    newer = []
    for path in files(stick):
        content = path.read_bytes()
        # One bit of the version, behind the mark: it may be a batch that opens one day.
        newer.append(content[:4] + bytes([content[4] ^ 0x40]) + content[5:])
        path.write_bytes(newer[-1])
    assert b.use_stick(stick).set_aside == len(newer)

    level(pair, stick)

    assert set(newer) <= {path.read_bytes() for path in files(stick)}
    assert all(path.stem == batch_id(path.read_bytes()).hex() for path in files(stick))


def test_statements_are_found_among_those_of_many_centres_and_among_false_ones(
    pair: tuple[Typist, Typist], stick: Path, region
) -> None:
    """More than one page of small files lies before them; each that names this centre is looked
    at, and what proves nothing is neither kept nor carried."""
    a, b = pair
    c = region.joining(a)
    other = region.first()
    assert other.use_stick(stick).failure is None
    real = files(stick, STATEMENT)[0].read_bytes()
    own = a.laptop.keys.keyring.statements[0]
    for number in range(600):
        false = altered(real, -1) + bytes([number % 256]) if number % 2 else altered(own)
        (stick / FOLDER_NAME / f"{number:064x}{STATEMENT}").write_bytes(false)
    for content in c.laptop.keys.keyring.statements:
        name = f"{'ff' * 31}{statement_id(content).hex()[:2]}{STATEMENT}"
        (stick / FOLDER_NAME / name).write_bytes(content)
    assert len(b.laptop.keys.keyring.statements) < len(c.laptop.keys.keyring.statements)
    assert b.use_stick(stick).failure is None
    assert set(b.laptop.keys.keyring.statements) == set(c.laptop.keys.keyring.statements)
    for one in (c, other):
        one.laptop.close()
