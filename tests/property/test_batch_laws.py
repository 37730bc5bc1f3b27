"""Laws of batches: what goes in comes out; whatever comes in is opened or refused by name."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.change import AuthorId, Change, ChangeId, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.stamp import Stamp
from app.domain.value import Absent, Value
from sync.envelope.padding import BombError, PaddingError, unwrap, wrap
from sync.envelope.payload import decode_changes, encode_changes
from sync.envelope.seal import CentreEnvelope
from sync.envelope.varints import from_zigzag, read_varints, to_zigzag, write_varints
from sync.protocol.batch import encode_header, parse_batch, parse_header
from sync.protocol.errors import CodecError
from tests.support import centres
from tests.support.centres import FIELDS, OLDER_REGISTRY, REGISTRY, outline

LAPTOPS = centres.two_laptops()
OPENING_REASONS = {
    "batch_truncated",
    "batch_malformed",
    "batch_altered",
    "batch_over_limit",
    "batch_unknown_version",
    "batch_unknown_device",
    "batch_unknown_key",
    "batch_wrong_centre",
}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(Absent),
    st.integers(),
    st.integers(-(2**70), 2**70),
    texts,
    st.lists(texts, max_size=5).map(lambda codes: tuple(sorted(set(codes)))),
)
sixteen = st.binary(min_size=16, max_size=16)
names = st.one_of(
    st.tuples(st.just("case"), st.integers(1, FIELDS - 1).map("case_{}".format)),
    st.tuples(st.just("survivor"), st.integers(1, FIELDS - 1).map("person_{}".format)),
    st.tuples(st.just("case"), st.integers(FIELDS, 2**32 - 1).map("#{}".format)),
    st.tuples(
        st.integers(3, 2**16 - 1).map("#{}".format), st.integers(0, 2**32 - 1).map("#{}".format)
    ),
)


@st.composite
def some_changes(draw: st.DrawFn) -> tuple[Change, ...]:
    """Changes that build on each other and on others elsewhere, with any value and any clock."""
    made: list[Change] = []
    records = draw(st.lists(sixteen, min_size=1, max_size=3))
    sessions = draw(st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=3))
    for _ in range(draw(st.integers(1, 12))):
        kind, field = draw(names)
        bases = draw(st.lists(sixteen.map(ChangeId), max_size=3))
        if made:
            bases += [one.id for one in draw(st.lists(st.sampled_from(made), max_size=3))]
        made.append(
            new_change(
                REGISTRY,
                kind=kind,
                record_id=RecordId(draw(st.sampled_from(records)).hex()),
                field=field,
                value=draw(values),
                stamp=Stamp(
                    draw(st.integers(0, 2**53 - 1)),
                    draw(st.sampled_from(sessions)),
                    draw(st.integers(0, 2**32 - 1)),
                ),
                author=AuthorId(draw(sixteen).hex()),
                bases=tuple(bases),
            )
        )
    return tuple(draw(st.permutations(made)))


@given(some_changes())
def test_changes_come_back_equal_with_their_ids_computed_anew(changes: tuple[Change, ...]) -> None:
    again = decode_changes(REGISTRY, encode_changes(REGISTRY, changes))
    assert again == changes
    assert [type(one.value) for one in again] == [type(one.value) for one in changes]


@given(some_changes())
@settings(max_examples=40)
def test_an_older_version_keeps_and_passes_on_what_it_does_not_know(
    changes: tuple[Change, ...],
) -> None:
    """From n to n-1 and back to n: nothing is lost, and no id changes on the way."""
    sender, receiver = LAPTOPS.envelopes()
    older = CentreEnvelope(OLDER_REGISTRY, LAPTOPS.plain)
    kept = older.open(sender.seal(outline(), changes).content).changes

    assert [one.id for one in kept] == [one.id for one in changes]
    assert all(one.field.startswith("#") or one.field == "case_1" for one in kept)
    assert receiver.open(older.seal(outline(), kept).content).changes == changes


@given(st.binary(max_size=600))
@example(b"")
def test_any_bytes_are_opened_or_refused_by_name(content: bytes) -> None:
    """(B10)"""
    _, receiver = LAPTOPS.envelopes()
    with pytest.raises(DomainError) as error:
        receiver.open(content)
    assert error.value.message_id in OPENING_REASONS
    for parse in (parse_header, parse_batch):
        with pytest.raises(CodecError):
            parse(content)


@given(st.binary(max_size=300))
def test_any_payload_decodes_or_is_malformed(content: bytes) -> None:
    with pytest.raises(DomainError) as error:
        decode_changes(REGISTRY, content)
    assert error.value.message_id in {"batch_malformed", "batch_unknown_version"}


@given(some_changes(), st.data())
def test_an_altered_payload_decodes_or_is_malformed(
    changes: tuple[Change, ...], data: st.DataObject
) -> None:
    """Beyond what a seal lets through: the columns themselves hold against nonsense."""
    content = bytearray(encode_changes(REGISTRY, changes))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    refusal = None
    try:
        decode_changes(REGISTRY, bytes(content))
    except DomainError as error:
        refusal = error.message_id
    assert refusal in {None, "batch_malformed", "batch_unknown_version"}


@given(st.binary(max_size=600))
def test_any_padded_content_is_unwrapped_or_refused(content: bytes) -> None:
    assert unwrap(wrap(content)) == content
    try:
        unwrap(content)
    except (PaddingError, BombError):
        return


@given(st.binary(min_size=206, max_size=206))
def test_a_header_that_parses_is_written_alike(content: bytes) -> None:
    """(B9)"""
    candidate = b"QSPB\1\1" + content[6:198] + (content[198:202]) + b"\0\0\1\0"
    try:
        header = parse_header(candidate)
    except CodecError:
        return
    assert encode_header(header) == candidate


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_numbers_survive_their_columns(numbers: list[int]) -> None:
    column = write_varints(to_zigzag(number) for number in numbers)
    assert [from_zigzag(number) for number in read_varints(column)] == numbers


@given(st.binary(max_size=30))
def test_a_column_that_reads_is_written_alike(column: bytes) -> None:
    """(B9)"""
    try:
        numbers = list(read_varints(column))
    except ValueError:
        return
    assert write_varints(numbers) == column
