"""What a centre carries to others and what comes back on paper: referrals, the ficha that goes on
from another centre, the sealed bytes of a batch that nobody took; and who comes a second time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.domain.change import RecordId
from app.domain.folio import check_code
from app.domain.records import Name, named_record
from app.domain.value import Value
from app.services import intake, referral_answers, referrals, refusals, replication, transfers
from app.services.intake import Intake
from app.services.ports import UnitOfWork
from app.services.transfers import Origin
from app.services.values import stored_text
from sync.envelope.seal import CentreEnvelope
from tests.security.entries_left import Recipe, Work
from tests.support.centres import PROFILE, first_laptop
from tests.support.laptops import Laptop, definitions

__all__ = ["CARRIED"]

ACCEPTED: Final[Mapping[str, Value]] = {
    "institution": "eess",
    "institution_name": "Puesto Inventado",
    "consent_given": "1",
    "consent_given_by": "usuaria",
    "consent_form": "huella",
    "consent_given_on": "2026-11-26",
}
FOLIO: Final = "2026-B0007-DB2"
LANGUAGES: Final = ("es",)


def _referral(laptop: Laptop) -> RecordId:
    """Return a referral to which she said yes."""
    case_id = laptop.open_case()
    assert not laptop.fill(case_id, names="Inventada", relato="Relato Inventado")
    made = laptop.run(lambda uow: referrals.open_referral(uow, laptop.desk, case_id))

    def fill(uow: UnitOfWork) -> None:
        for name, value in ACCEPTED.items():
            assert referrals.set_field(uow, laptop.desk, made, name, value) is None

    laptop.run(fill)
    return made


def _issue(laptop: Laptop, _: Path) -> Work:
    made = _referral(laptop)
    return lambda uow: referrals.issue(uow, laptop.desk, made, "print", PROFILE, LANGUAGES)


def _register_slip(laptop: Laptop, _: Path) -> Work:
    made = _referral(laptop)
    laptop.run(lambda uow: referrals.issue(uow, laptop.desk, made, "print", PROFILE, LANGUAGES))
    folio = laptop.run(lambda uow: stored_text(uow.records.fields(made), Name.FOLIO))
    code = f"{folio} {check_code(folio)}"
    return lambda uow: referral_answers.register_slip(uow, laptop.desk, code)


def _open_linked(laptop: Laptop, _: Path) -> Work:
    origin = Origin("CEM Inventado de Origen", FOLIO, check_code(FOLIO), ficha="123")
    return lambda uow: transfers.open_linked(uow, laptop.desk, origin)


def _open_ficha(laptop: Laptop, _: Path) -> Work:
    """Of somebody who has a ficha, with what was typed as she came."""
    case_id = laptop.open_case()
    assert not laptop.fill(case_id, names="Inventada")
    held = laptop.run(lambda uow: uow.records.fields(case_id))
    came = Intake({"relato": "Relato Inventado"}, named_record(held[Name.SURVIVOR].value))
    return lambda uow: intake.open_ficha(uow, laptop.desk, came)


def _refused(laptop: Laptop) -> bytes:
    """Return a batch of this laptop that its server did not take."""
    case_id = laptop.open_case()
    assert not laptop.fill(case_id, relato="Relato Inventado")
    envelope = CentreEnvelope(definitions().registry, first_laptop("one"))
    assert laptop.run(lambda uow: replication.seal_pending(uow, laptop.desk, envelope))
    (sealed,) = laptop.run(lambda uow: uow.batches.to_offer())
    noted = {sealed.id: "batch_over_limit"}
    laptop.run(lambda uow: refusals.note_refused(uow, laptop.desk, noted))
    return sealed.id


def _export_sealed(laptop: Laptop, folder: Path) -> Work:
    refused = _refused(laptop)
    target = folder / refusals.neutral_name(refused, "bin")
    return lambda uow: refusals.export_sealed(uow, laptop.desk, refused, target)


def _note_leaves(laptop: Laptop, _: Path) -> Work:
    refused = _refused(laptop)
    return lambda uow: refusals.note_leaves(uow, laptop.desk, refused, "print")


CARRIED: Final[Mapping[str, Recipe]] = {
    "intake.open_ficha": _open_ficha,
    "transfers.open_linked": _open_linked,
    "referrals.issue": _issue,
    "referral_answers.register_slip": _register_slip,
    "refusals.export_sealed": _export_sealed,
    "refusals.note_leaves": _note_leaves,
}
