"""Solicitudes and respuestas that whoever has real keys signed, and that are wrong all the same."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest

from app.crypto.recipient import seal_to
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from sync.envelope.enrolment import (
    REPLY_MAX,
    accept,
    grant,
    make_request,
    read_request,
    reply_code,
    request_code,
    seal_reply,
)
from sync.envelope.keyring import DeviceKeys, Keyring, epoch_tag
from sync.envelope.region import grant_first
from sync.protocol.limits import STATEMENTS_MAX
from sync.protocol.signature import SIGNATURE_BYTES, Purpose
from tests.support import centres

CENTRE = b"\x11" * 16
NEW = DeviceKeys(centres.seed("new laptop"))
REQUEST = make_request(NEW)
ROOT = centres.root()
SECRET = SecretKey(b"s" * 32)
LONG = dataclasses.replace(centres.PROFILE, address="x" * 4097)


def refusal(work: Any) -> str:
    with pytest.raises(DomainError) as refused:
        work()
    return refused.value.message_id


def signed(content: bytes) -> bytes:
    """Return a solicitud of the new laptop with another inside, signed anew."""
    return content + NEW.sign(Purpose.ENROLMENT_REQUEST, content)


def test_a_solicitud_signed_anew_is_read() -> None:
    """(control of what follows)"""
    assert signed(REQUEST[:-SIGNATURE_BYTES]) == REQUEST
    assert read_request(REQUEST).centre is None


def test_a_solicitud_is_written_in_one_way_alone() -> None:
    longer = REQUEST[:-SIGNATURE_BYTES].replace(b"\xc4\x00", b"\xc5\x00\x00", 1)
    assert msgspec.msgpack.decode(longer[5:]) == msgspec.msgpack.decode(REQUEST[5:-SIGNATURE_BYTES])
    assert refusal(lambda: read_request(signed(longer))) == "enrolment_damaged"


def test_a_version_before_the_first_is_damage() -> None:
    before = REQUEST[:4] + b"\0" + REQUEST[5:-SIGNATURE_BYTES]
    assert refusal(lambda: read_request(signed(before))) == "enrolment_damaged"


def test_a_solicitud_names_a_whole_centre_or_none() -> None:
    assert read_request(make_request(NEW, CENTRE)).centre == CENTRE
    assert refusal(lambda: read_request(make_request(NEW, CENTRE[:15]))) == "enrolment_damaged"


@pytest.mark.parametrize(
    ("request_of", "centre"),
    [(REQUEST, b"\x11" * 15), (REQUEST, b""), (make_request(NEW, CENTRE), b"\x22" * 16)],
    ids=["short", "none", "another"],
)
def test_the_region_grants_the_centre_that_was_asked_for_and_a_whole_one(
    request_of: bytes, centre: bytes
) -> None:
    code = request_code(request_of)
    said = {"server": centres.SERVER, "profile": centres.PROFILE}
    assert grant_first(ROOT, request_of, code, centre=CENTRE, **said), "the control"
    work = lambda: grant_first(ROOT, request_of, code, centre=centre, **said)  # noqa: E731
    assert refusal(work) == "enrolment_other_centre"


def reply_of_root(**changed: Any) -> bytes:
    """Return a respuesta by the region's root with this in it, in place of what it has to be."""
    granted = grant_first(
        ROOT,
        REQUEST,
        request_code(REQUEST),
        centre=CENTRE,
        server=centres.SERVER,
        profile=centres.PROFILE,
    )
    said: dict[str, Any] = {
        "centre": CENTRE,
        "root_key": ROOT.public,
        "epochs": (),
        "current": b"",
        "statements": (granted.statement,),
        "server": centres.SERVER,
        "profile": centres.PROFILE,
        "granter_key": ROOT.public,
        "sign": ROOT.sign,
    }
    return seal_reply(read_request(REQUEST), **(said | changed))


def accepted(reply: bytes) -> Any:
    return accept(NEW, REQUEST, reply, reply_code(reply))


def test_what_the_root_has_to_send_is_accepted() -> None:
    """(control of what follows)"""
    assert accepted(reply_of_root()).keyring.centre == CENTRE


@pytest.mark.parametrize(
    "secrets", [{"epochs": (SECRET,)}, {"current": epoch_tag(SECRET)}], ids=["secret", "tag"]
)
def test_neither_a_secret_nor_its_tag_comes_with_the_roots_word(secrets: dict[str, Any]) -> None:
    assert refusal(lambda: accepted(reply_of_root(**secrets))) == "enrolment_damaged"


def test_a_respuesta_leads_to_the_server_that_the_grant_names_and_to_no_other() -> None:
    server = msgspec.structs.replace(centres.SERVER, server_key=bytes(32))
    assert refusal(lambda: accepted(reply_of_root(server=server))) == "enrolment_not_granted"


def test_a_respuesta_is_signed_by_whom_it_names() -> None:
    """Whoever has the solicitud can seal to it: only the signature says who did."""
    assert refusal(lambda: accepted(reply_of_root(sign=NEW.sign))) == "enrolment_damaged"


def of_body(change: Any) -> bytes:
    """Return a respuesta of the root with its body changed so, signed and sealed anew."""
    reply = reply_of_root()
    front, purpose = reply[:37], Purpose.ENROLMENT_REPLY
    context = purpose.value + b"\0" + front
    _, _, body = msgspec.msgpack.decode(NEW.recipient.open(reply[37:], context=context))
    body = change(body)
    said = msgspec.msgpack.encode([ROOT.public, ROOT.sign(purpose, front + body), body])
    return front + seal_to(NEW.recipient.public, said, context=context)


def test_the_body_of_a_respuesta_is_of_its_form() -> None:
    """Control: signed and sealed anew as it was, it is accepted."""
    assert accepted(of_body(lambda body: body)).keyring.centre == CENTRE

    def long(body: bytes) -> bytes:
        *front, profile = msgspec.msgpack.decode(body)
        assert isinstance(profile, dict)
        return msgspec.msgpack.encode([*front, profile | {"address": LONG.address}])

    for change in (long, lambda body: body + b"\0", lambda _: b"\xc0"):
        reply = of_body(change)
        assert refusal(lambda reply=reply: accepted(reply)) == "enrolment_damaged"


def test_a_respuesta_that_nobody_would_read_is_not_written() -> None:
    many = {"statements": [b"x"] * (STATEMENTS_MAX + 1)}
    large = {"statements": [bytes(4000)] * (REPLY_MAX // 4000)}
    for changed in (many, large, {"profile": LONG}):
        assert refusal(lambda changed=changed: reply_of_root(**changed)) == "enrolment_over_limit"


def test_no_letterhead_that_nobody_would_read_goes_along() -> None:
    admin = centres.first_laptop("one")
    code = request_code(REQUEST)
    assert refusal(lambda: grant(admin, REQUEST, code, profile=LONG)) == "enrolment_over_limit"


def test_nobody_begins_without_the_secret_that_seals() -> None:
    """Control: with it the keyring is whole."""
    admin = centres.first_laptop("one")

    def held(epochs: tuple[SecretKey, ...]) -> Keyring:
        return Keyring.of(
            admin.keys,
            centre=admin.centre,
            root_key=admin.root_key,
            epochs=epochs,
            current=admin.current,
            statements=admin.statements,
            server=admin.server,
        )

    assert held(tuple(admin.epochs.values())).current == admin.current
    for epochs in ((), (SECRET,)):
        assert refusal(lambda epochs=epochs: held(epochs)) == "enrolment_not_granted"
