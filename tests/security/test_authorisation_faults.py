"""Every fault planted in the roles or in the matrix is refused, with the file and the line."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.datafiles.authorisation import AUTHORISATION, ROLES, read_authorisation
from app.definitions import load
from app.domain.errors import DefinitionError
from app.resources import data_root

FORMS = load().forms
LINES_OF_A_ROW = 12


@dataclass(frozen=True)
class Fault:
    """``old`` becomes ``new`` in ``file``; the refusal names a line of that row, or of the list
    that lacks one."""

    what: str
    old: str
    new: str
    reason: str
    file: str = AUTHORISATION
    is_of_the_list: bool = False


ALL_SIX = "  - {roles: [admision, psicologia, social, legal, coordinacion, sar], in: [own, assigned, centre]"
RISK = "- id: withdraw_valuation\n"
REFUGE = "- id: see_refuge_place\n"

FAULTS = [
    Fault(
        "unknown key",
        '  title: "Buscar si ya está registrada"\n',
        "  name: x\n",
        "unknown key 'name'",
    ),
    Fault(
        "missing reason", RISK, "- id: other\n  title: x\n- id: withdraw_valuation\n", "missing key"
    ),
    Fault("act twice", "- id: repeat_alert\n", "- id: find_person\n", "stands twice"),
    Fault("act with a bad name", "- id: repeat_alert\n", '- id: "Repeat"\n', "is no code"),
    Fault("unknown group", "  group: see\n", "  group: seen\n", "unknown group 'seen'"),
    Fault(
        "unknown answer",
        "[reserved], answer: exists}",
        '[reserved], answer: "no"}',
        "unknown answer 'no'",
    ),
    Fault("unknown role", "roles: [legal, coordinacion], in", "roles: [lawyer], in", "is 'lawyer'"),
    Fault(
        "a role without an account",
        "roles: [legal, coordinacion], in",
        "roles: [interprete], in",
        "is 'interprete'",
    ),
    Fault(
        "unknown relation",
        "in: [reserved], answer: exists",
        "in: [far], answer: exists",
        "relation 'far'",
    ),
    Fault(
        "a block is no relation of a row",
        "in: [reserved], answer: exists",
        "in: [blocked], answer: exists",
        "unknown relation 'blocked'",
    ),
    Fault("no relations", "in: [reserved], answer: exists", "answer: exists", "missing key 'in'"),
    Fault(
        "relations of what is about no case",
        '  - {roles: [legal, coordinacion], answer: "yes"}\n',
        '  - {roles: [legal, coordinacion], in: [own], answer: "yes"}\n',
        "unknown key 'in'",
    ),
    Fault("about what", "  about: centre\n", "  about: everything\n", "unknown about 'everything'"),
    Fault(
        "two answers",
        "- {roles: [sar], in: [centre], answer: exists}",
        "- {roles: [sar], in: [own], answer: exists}",
        "has an answer for 'own' already",
    ),
    Fault(
        "more for who is further away",
        '  - {roles: [legal, coordinacion], in: [own, assigned, centre], answer: "yes"}\n',
        '  - {roles: [legal, coordinacion], in: [own, centre], answer: "yes"}\n',
        "may do more as 'centre'",
    ),
    Fault(
        "more in another centre",
        "in: [reserved], answer: exists}",
        "in: [other_centre], answer: exists}\n  - {roles: [soporte], in: [other_centre], answer: exists}",
        "'soporte' may do more as 'other_centre'",
    ),
    Fault(
        "a use case twice",
        "use_cases: [risk.withdraw]",
        "use_cases: [risk.withdraw, casework.open_case]",
        "'casework.open_case' stands twice",
    ),
    Fault(
        "a use case that is an act and none",
        "use_cases: [access_records.cases_granted, ",
        "use_cases: [access_records.cases_granted, referrals.issue, ",
        "'referrals.issue' stands twice",
    ),
    Fault(
        "no function",
        "use_cases: [risk.withdraw]",
        "use_cases: [withdraw]",
        "is not module.function",
    ),
    Fault(
        "no function of a room",
        "elsewhere: [app.bootstrap.LaptopDoor.unlock,",
        "elsewhere: [os.remove,",
        "is not room.module.function",
    ),
    Fault("names nothing", "  use_cases: [risk.withdraw]\n", "", "one of these"),
    Fault(
        "planned and there",
        "  use_cases: [risk.withdraw]\n",
        '  use_cases: [risk.withdraw]\n  planned: "x"\n',
        "one of these",
    ),
    Fault(
        "part of nothing",
        "  part_of: [export_own]\n",
        "  part_of: [export_all]\n",
        "'export_all' is no act",
    ),
    Fault(
        "part of a part",
        "  part_of: [export_own]\n",
        "  part_of: [see_refuge]\n",
        "'see_refuge' is no act",
    ),
    Fault(
        "a field of no form",
        "reads: [case.informant_name]",
        "reads: [case.secret]",
        "field 'case.secret'",
    ),
    Fault(
        "a field of two acts",
        "reads: [case.informant_name]",
        "reads: [case.informant_name, note.text]",
        "stands twice",
    ),
    Fault(
        "a field of an act with use cases",
        "  use_cases: [risk.withdraw]\n",
        "  use_cases: [risk.withdraw]\n  writes: [risk_valuation.level]\n",
        "only a part of other acts",
    ),
    Fault(
        "unknown callers", "- callers: anyone\n", "- callers: nobody\n", "unknown callers 'nobody'"
    ),
    Fault("unknown certainty", "certainty: high}", "certainty: sure}", "unknown certainty 'sure'"),
    Fault("an urgent flag that is none", "  urgent: true\n", '  urgent: "true"\n', "true or false"),
    Fault(
        "the rule asks for it",
        "- id: see_narrative\n",
        "- id: see_story\n",
        "'see_narrative' is missing",
        is_of_the_list=True,
    ),
    Fault("role twice", "- code: social\n", "- code: legal\n", "stands twice", file=ROLES),
    Fault(
        "role without purpose",
        "- code: social\n",
        "- code: social\n  aim: x\n",
        "unknown key",
        file=ROLES,
    ),
    Fault(
        "attends without an account",
        "  attends: false\n  has_account: false\n",
        "  attends: true\n  has_account: false\n",
        "who attends has an account",
        file=ROLES,
    ),
]

DANGERS = [
    Fault(
        "a referral only for the team",
        ALL_SIX + ', answer: "yes"}\n',
        ALL_SIX.replace(", centre", "") + ', answer: "yes"}\n',
        "may do more as 'reserved'",
    ),
    Fault(
        "a referral with a reason first",
        ALL_SIX + ', answer: "yes"}\n',
        ALL_SIX + ", answer: exceptional}\n",
        "an urgent act is open to all who attend",
    ),
    Fault(
        "a referral without admission",
        ALL_SIX + ', answer: "yes"}\n',
        ALL_SIX.replace("admision, ", "") + ', answer: "yes"}\n',
        "may do more as 'reserved'",
    ),
    Fault(
        "a referral of a case in reserve for nobody",
        "  - {roles: [admision, psicologia, social, legal, coordinacion, sar], in: [reserved], answer: exceptional}\n",
        "",
        "for a case in reserve",
    ),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in (ROLES, AUTHORISATION):
        shutil.copy(data_root() / name, tmp_path / name)
    return tmp_path


def _refusal(data: Path) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        read_authorisation(data, FORMS)
    return caught.value


def test_the_copy_as_it_is_is_read(data: Path) -> None:
    """(control of Z2)"""
    assert len(read_authorisation(data, FORMS).acts) > 50


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.what)
def test_a_planted_fault_is_refused_with_its_line(data: Path, fault: Fault) -> None:
    """(Z2)"""
    path = data / fault.file
    text = path.read_text(encoding="utf-8")
    assert fault.old in text
    path.write_text(text.replace(fault.old, fault.new, 1), encoding="utf-8")

    refused = _refusal(data)

    assert fault.reason in refused.reason
    assert refused.file == fault.file
    if not fault.is_of_the_list:
        planted = text.partition(fault.old)[0].count("\n") + 1
        assert abs(refused.line - planted) <= LINES_OF_A_ROW


@pytest.mark.parametrize("fault", DANGERS, ids=lambda one: one.what)
@pytest.mark.parametrize("act", ["refer", "print_paper", "answer_clock", "reach_her"])
def test_a_matrix_that_stops_an_urgent_act_is_not_read(data: Path, act: str, fault: Fault) -> None:
    path = data / AUTHORISATION
    before, start, after = path.read_text(encoding="utf-8").partition(f"- id: {act}\n")
    assert fault.old in after
    path.write_text(before + start + after.replace(fault.old, fault.new, 1), encoding="utf-8")

    refused = _refusal(data)

    assert fault.reason in refused.reason
    row = before.count("\n") + 1
    assert row <= refused.line <= row + LINES_OF_A_ROW


def test_a_missing_file_is_named(data: Path) -> None:
    (data / ROLES).unlink()
    assert _refusal(data).file == ROLES
