"""Whatever a stick brings instead of an enrolment file is refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import DomainError
from sync.envelope.enrolment import accept, make_request, read_request, reply_code
from sync.envelope.keyring import DeviceKeys, Keyring
from sync.envelope.region import read_root
from tests.support import centres

NEW = DeviceKeys(centres.seed("new laptop"))
REQUEST = make_request(NEW)
ADMIN = centres.first_laptop("one")
REASONS = {"file_not_ours", "file_newer", "enrolment_damaged"}

fronts = st.sampled_from([b"", b"QSPR\1", b"QSPA\1", b"QSPK\1", b"QSPA\1" + bytes(32)])
contents = st.builds(lambda front, rest: front + rest, fronts, st.binary(max_size=1500))


@given(contents)
def test_any_file_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(DomainError) as error:
        read_request(content)
    assert error.value.message_id in REASONS
    with pytest.raises(DomainError) as error:
        accept(NEW, REQUEST, content, reply_code(content))
    assert error.value.message_id in {*REASONS, "enrolment_other_device"}


@given(st.binary(max_size=59).map(lambda rest: b"QSPK\1" + rest))
@settings(deadline=None)
def test_any_roots_file_is_refused_before_its_cost_is_paid(content: bytes) -> None:
    with pytest.raises(DomainError) as error:
        read_root(content, "cinco palabras inventadas para probar")
    assert error.value.message_id in {"file_not_ours", "file_newer", "file_damaged"}


@given(st.binary(max_size=300))
def test_any_bytes_are_no_keyring(content: bytes) -> None:
    with pytest.raises(DomainError) as error:
        Keyring.from_bytes(content)
    assert error.value.message_id in {"file_damaged", "file_newer"}


@given(st.data())
def test_an_altered_keyring_is_read_or_refused_by_name(data: st.DataObject) -> None:
    content = bytearray(ADMIN.to_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    refusal = None
    try:
        Keyring.from_bytes(bytes(content))
    except DomainError as error:
        refusal = error.message_id
    assert refusal in {None, "file_damaged", "file_newer", "enrolment_not_granted"}
