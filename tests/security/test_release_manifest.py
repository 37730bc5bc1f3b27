"""A release is taken only signed by two of three, newer, for this system, and whole.

Beside each refusal stands its control: with that one check out of the way the same attack gets
through, so it is this check that stops it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from app import release_manifest
from app.domain.errors import DomainError
from app.release_format import (
    MANIFEST,
    SIGNATURES,
    read_signatures,
    write_manifest,
    write_signatures,
)
from app.release_manifest import Entry, Installed, Kind, check_release, check_signed
from sync.protocol.signature import Purpose, is_signed, signed_bytes
from tests.security.releases import (
    FILES,
    INSTALLED,
    NEW,
    OLD,
    PLATFORM,
    A,
    B,
    C,
    D,
    E,
    F,
    Tree,
    answer,
    manifest_of,
    release,
    signed,
    with_keys,
)

Patch = Callable[[pytest.MonkeyPatch], object]


def always(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(release_manifest, "is_signed", lambda *_: True)


def one_is_enough(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(release_manifest, "KEYS_NEEDED", 1)


def no_contents(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(release_manifest, "_check_file", lambda *_: None)


def no_entries(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(release_manifest, "_check_entries", lambda *_: None)


def neither(patch: pytest.MonkeyPatch) -> None:
    no_contents(patch)
    no_entries(patch)


def changed(path: str, content: bytes) -> Tree:
    tree = release()
    tree.files[path] = content
    return tree


def without(path: str) -> Tree:
    tree = release()
    del tree.files[path]
    return tree


def and_also(entry: Entry) -> Tree:
    tree = release()
    tree.more.append(entry)
    return tree


def for_another_purpose() -> Tree:
    """Signed by the right keys, as a definition pack."""
    content = write_manifest(manifest_of(FILES))
    by = {one.public: one.sign(signed_bytes(Purpose.DEFINITIONS, content)) for one in (A, B)}
    return Tree({**FILES, MANIFEST: content, SIGNATURES: write_signatures(by)})


def signatures_of_another() -> Tree:
    tree = release()
    tree.files[SIGNATURES] = release(manifest_of(FILES, 8)).files[SIGNATURES]
    return tree


def claims_a_second_signer() -> Tree:
    """One holds A alone and writes that B signed too."""
    tree = release()
    content = tree.files[MANIFEST]
    own = A.sign(signed_bytes(Purpose.RELEASE, content))
    tree.files[SIGNATURES] = write_signatures({A.public: own, B.public: own})
    return tree


EVIL = b"import os; os.system('invented')\n"
ATTACKS: dict[str, tuple[Callable[[], Tree], str, Patch]] = {
    "1 of 3": (lambda: release(signers=[A]), "release_signatures_few", one_is_enough),
    "1 of 3 and strangers": (
        lambda: release(signers=[A, D, E, F]),
        "release_signatures_few",
        one_is_enough,
    ),
    "a forged second": (claims_a_second_signer, "release_signature_wrong", always),
    "another purpose": (for_another_purpose, "release_signature_wrong", always),
    "signatures of another": (signatures_of_another, "release_signature_wrong", always),
    "altered": (
        lambda: changed("lib/qispi/app/version.py", EVIL),
        "release_file_differs",
        no_contents,
    ),
    "altered, same size": (
        lambda: changed("lib/qispi/app/__main__.py", b"print('hole')\n"),
        "release_file_differs",
        no_contents,
    ),
    "one byte more": (
        lambda: changed("lib/qispi/app/__main__.py", b"print('hola')\n\n"),
        "release_file_differs",
        no_contents,
    ),
    "emptied": (lambda: changed("bin/python3.11", b""), "release_file_differs", no_contents),
    "missing": (lambda: without("lib/empty.py"), "release_file_missing", neither),
    "extra": (lambda: changed("lib/os.py", EVIL), "release_file_extra", no_entries),
    "extra bytecode": (
        lambda: changed("lib/qispi/app/__pycache__/version.pyc", EVIL),
        "release_file_extra",
        no_entries,
    ),
    "extra folder": (
        lambda: and_also(Entry("lib/encodings", Kind.FOLDER)),
        "release_file_extra",
        no_entries,
    ),
    "a path twice": (
        lambda: and_also(Entry("bin/python3.11", Kind.FILE)),
        "release_file_extra",
        no_entries,
    ),
    "another case": (
        lambda: changed("LIB/empty.py", EVIL),
        "release_file_extra",
        no_entries,
    ),
    "a link": (
        lambda: and_also(Entry("lib/more.py", Kind.LINK)),
        "release_not_plain",
        no_entries,
    ),
    "a pipe": (
        lambda: and_also(Entry("lib/pipe", Kind.OTHER)),
        "release_not_plain",
        no_entries,
    ),
    "keys changed by one old": (
        lambda: release(with_keys(NEW), [A, D, E]),
        "release_signatures_few",
        one_is_enough,
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_by_the_one_check_that_is_for_it(
    attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(U1, U3) Control: with that one check out of the way the same attack is taken."""
    make, message_id, out_of_the_way = ATTACKS[attack]
    assert answer(make()) == message_id

    out_of_the_way(monkeypatch)
    assert answer(make()) == "taken"


@pytest.mark.parametrize("signers", [[A, B], [A, C], [B, C], [A, B, C]])
def test_any_two_of_three_are_enough(signers: list) -> None:
    assert answer(release(signers=signers)) == "taken"


def test_what_is_kept_is_what_was_checked() -> None:
    kept: dict[str, bytes] = {}

    def keep(path: str, piece: bytes) -> None:
        kept[path] = kept.get(path, b"") + piece

    read = check_release(release(), INSTALLED, platform=PLATFORM, keep=keep)

    assert kept == release().files
    assert read == manifest_of(FILES)


def test_one_key_that_signs_twice_is_one() -> None:
    """(U1) Control: who counts lines counts two."""
    tree = release(signers=[A])
    front, rest = tree.files[SIGNATURES].split(b"\n", 1)
    tree.files[SIGNATURES] = front + b"\n" + rest + rest
    assert answer(tree) == "release_signature_repeated"

    # The control: whoever counts lines counts two, and both hold.
    lines = tree.files[SIGNATURES].decode().splitlines()[1:]
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    holding = [
        is_signed(
            bytes.fromhex(key.removeprefix("key: ")),
            Purpose.RELEASE,
            tree.files[MANIFEST],
            bytes.fromhex(by.removeprefix("signature: ")),
        )
        for key, by in pairs
    ]
    assert holding == [True, True]


@pytest.mark.parametrize("sequence", [1, 6])
def test_an_older_or_equal_release_is_refused_whatever_it_calls_itself(sequence: int) -> None:
    """(U2) Control: over an older one it is taken."""
    older = replace(manifest_of(FILES, sequence), program="99.0")
    assert answer(release(older)) == "release_sequence_old"
    assert answer(release(older), Installed(sequence - 1, OLD)) == "taken"


def test_a_release_for_another_system_is_refused() -> None:
    assert answer(release(), platform="windows-x86_64") == "release_platform_other"
    assert answer(release()) == "taken"


def test_a_manifest_of_another_release_does_not_fit_the_tree() -> None:
    """(U3) Control: with its own tree it is taken."""
    later = {**FILES, "lib/empty.py": b"# no longer\n"}
    swapped = release()
    swapped.files |= {one: release(files=later).files[one] for one in (MANIFEST, SIGNATURES)}
    assert answer(swapped) == "release_file_differs"

    swapped.files |= later
    assert answer(swapped) == "taken"


def test_without_manifest_or_signatures_it_is_refused() -> None:
    assert answer(without(MANIFEST)) == "release_no_manifest"
    assert answer(without(SIGNATURES)) == "release_unsigned"
    assert answer(changed(SIGNATURES, b"")) == "release_unsigned"
    assert answer(changed(SIGNATURES, b"x" * 5000)) == "release_too_large"


def test_keys_change_by_two_old_ones_and_the_new_ones_show_that_they_are_held() -> None:
    change = with_keys(NEW)

    assert answer(release(change, [D, E, F])) == "release_key_unknown"
    assert answer(release(change, [A, B])) == "release_keys_unproven"
    assert answer(release(change, [A, B, D])) == "release_keys_unproven"
    assert answer(release(change, [A, B, D, E])) == "taken"
    # The control of the first: to whoever trusts the new keys already it is a good release.
    assert answer(release(change, [D, E, F]), Installed(6, NEW)) == "taken"


def test_one_lost_key_is_replaced_by_the_other_two() -> None:
    change = with_keys(frozenset({A.public, B.public, D.public}))

    assert answer(release(change, [A, B])) == "taken"
    # A holder who was thrown out cannot come back with a stranger's help, nor one remaining alone.
    assert answer(release(change, [A, D])) == "release_signatures_few"


def test_after_a_change_the_old_keys_count_no_longer() -> None:
    change = release(with_keys(NEW), [A, B, D, E])
    after = INSTALLED.after(check_release(change, INSTALLED, platform=PLATFORM))

    next_by_old = release(with_keys(NEW, 8), [A, B, C])
    next_by_new = release(with_keys(NEW, 8), [D, F])

    assert answer(next_by_old, after) == "release_key_unknown"
    assert answer(next_by_new, after) == "taken"
    assert answer(next_by_old, Installed(7, OLD)) == "release_keys_unproven"


def test_whoever_missed_a_change_of_keys_follows_the_manifests_between() -> None:
    change = release(with_keys(NEW), [A, B, D, E])
    latest = release(with_keys(NEW, 9), [D, E])
    assert answer(latest) == "release_key_unknown"

    between = check_signed(change.files[MANIFEST], change.files[SIGNATURES], INSTALLED)

    assert answer(latest, INSTALLED.after(between)) == "taken"


def test_every_byte_of_a_manifest_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """(U3)"""
    whole = release()
    content = whole.files[MANIFEST]
    flipped = [
        content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :]
        for at in range(len(content))
        for mask in (1, 0x80)
    ]
    flipped += [content[:at] for at in range(0, len(content), 7)] + [content + b"\n"]

    answers = {answer(Tree({**whole.files, MANIFEST: one})) for one in flipped}

    assert answers == {"release_signature_wrong"}
    # The control: without signatures some of these are releases like any other.
    always(monkeypatch)
    unsigned = [answer(Tree({**whole.files, MANIFEST: one})) for one in flipped]
    assert "taken" in unsigned
    assert "release_file_differs" in unsigned


def test_every_byte_of_the_signatures_counts() -> None:
    whole = release()
    content = whole.files[SIGNATURES]
    for at in range(len(content)):
        one = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        assert answer(Tree({**whole.files, SIGNATURES: one})) != "taken", at
    assert answer(Tree({**whole.files, SIGNATURES: content})) == "taken"


def test_signatures_are_written_in_one_way() -> None:
    content = signed(b"x", [A, B])
    front, first, second = content[:16], content[16:226], content[226:]
    assert read_signatures(front + first).keys() | read_signatures(front + second).keys() == (
        read_signatures(content).keys()
    )
    assert len(read_signatures(content)) == 2
    for other in (
        front + second + first,
        content + b"\n",
        content.replace(b"\n", b"\r\n"),
        content.upper(),
        b" " + content,
        front,
        front.replace(b"1", b"2") + first + second,
        "qispi-release 1\nkey: é".encode(),
        signed(b"x", [A, B, C, D, E, F]) + first,
    ):
        with pytest.raises(DomainError) as caught:
            read_signatures(other)
        assert caught.value.message_id in ("release_unsigned", "release_signature_repeated")


def test_a_tree_that_never_ends_is_left() -> None:
    class Endless(Tree):
        def entries(self):
            while True:
                yield Entry("lib", Kind.FOLDER) if not self.more else self.more[0]

    assert answer(Endless(dict(release().files))) == "release_file_extra"

    class Zeros(Tree):
        def read(self, path):
            if path == MANIFEST:
                while True:
                    yield bytes(1 << 20)
            yield self.files[path]

    assert answer(Zeros(dict(release().files))) == "release_too_large"

    class LongFile(Tree):
        def read(self, path):
            yield self.files[path]
            while path == "bin/python3.11":
                yield bytes(1 << 20)

    assert answer(LongFile(dict(release().files))) == "release_file_differs"


@pytest.mark.parametrize("way", ["entries", "read"])
def test_a_tree_that_says_two_things_of_a_file_is_refused(way: str) -> None:
    class TwoFaced(Tree):
        def entries(self):
            yield from (
                one for one in super().entries() if way != "entries" or one.path != "bin/python3.11"
            )

        def read(self, path):
            if way == "read" and path == "bin/python3.11":
                raise KeyError(path)
            yield from super().read(path)

    assert answer(TwoFaced(dict(release().files))) == "release_file_missing"


def test_more_entries_than_files_may_be_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_manifest, "ENTRIES_MAX", 9)
    assert answer(release()) == "release_too_large"
    monkeypatch.setattr(release_manifest, "ENTRIES_MAX", 10)
    assert answer(release()) == "taken"
