"""The invented centre and people of the demo and of practice, read from the data release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import yaml

from app.domain.value import Value, set_value
from app.resources import data_root
from app.services.read_models import CentreProfile

__all__ = ["Samples", "load_samples"]

_FILE: Final = "samples/condorcanqui.yaml"


@dataclass(frozen=True, slots=True)
class Samples:
    """A centre, twelve cases, one more to type, its risk and its referral; values by field id."""

    centre: CentreProfile
    cases: tuple[Mapping[str, Value], ...]
    one_more: Mapping[str, Value]
    risk: Mapping[str, Value]
    referral: Mapping[str, Value]


class _File(msgspec.Struct, frozen=True):
    centre: CentreProfile
    cases: tuple[dict[str, Any], ...]
    one_more: dict[str, Any]
    risk: dict[str, Any]
    referral: dict[str, Any]


def load_samples() -> Samples:
    """Return the samples of this release."""
    content = yaml.load((data_root() / _FILE).read_bytes(), Loader=yaml.CSafeLoader)
    file = msgspec.convert(content, _File)
    return Samples(
        centre=file.centre,
        cases=tuple(_values(one) for one in file.cases),
        one_more=_values(file.one_more),
        risk=_values(file.risk),
        referral=_values(file.referral),
    )


def _values(raw: Mapping[str, Any]) -> dict[str, Value]:
    return {name: set_value(one) if isinstance(one, list) else one for name, one in raw.items()}
