"""What the study measured before this bench was there, on its own made-up cases (floor 436,805 B):
medians of its runs, no measurement of this one. It stands in a column of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["STUDY"]

STUDY: Final[Mapping[tuple[str, str], str]] = {
    ("loro + zstd -19", "loopback"): "554,607 B; edits 4,304 B",
    ("pycrdt + zstd -19", "loopback"): "729,378 B; edits 4,028 B",
    ("Anki, normal sync", "loopback"): "712,248 B; edits 73,044 B",
    ("Anki, full sync", "loopback"): "727,919 B; edits 73,058 B",
    ("JSON + gzip, one POST", "loopback"): "788,720 B; edits 81,041 B",
    ("JSON + gzip, 25 a request", "loopback"): "896,388 B; edits 89,684 B",
    ("PouchDB", "loopback"): "3,639,920 B; edits 369,743 B",
    ("PouchDB, batches of 10", "loopback"): "3,868,624 B; edits 393,942 B",
    ("loro + zstd -19", "2g"): "101 s, 82 s; 1.8 s, 1.8 s",
    ("pycrdt + zstd -19", "2g"): "134 s, 106 s; 1.8 s, 3.0 s",
    ("Anki, normal sync", "2g"): "105 s, 105 s; 14.5 s, 15.5 s",
    ("Anki, full sync", "2g"): "DNF, 104 s; 15.1 s, 14.8 s",
    ("JSON + gzip, one POST", "2g"): "212 s (echo), 105 s; 23 s, 11 s",
    ("JSON + gzip, 25 a request", "2g"): "301 s (echo), 149 s; 29 s, 16 s",
    ("PouchDB", "2g"): "581 s, 181 s; 65 s, 81 s",
    ("PouchDB, batches of 10", "2g"): "1,352 s, 588 s; 145 s, 497 s",
    ("loro + zstd -19", "cut"): "DNF, DNF; 1.8 s, 1.8 s",
    ("pycrdt + zstd -19", "cut"): "DNF, DNF; 1.8 s, 1.8 s",
    ("Anki, normal sync", "cut"): "DNF, DNF; 15.5 s, 28.4 s",
    ("Anki, full sync", "cut"): "DNF, DNF; 15.6 s, 29.5 s",
    ("JSON + gzip, one POST", "cut"): "DNF, DNF; 23 s, 19 s",
    ("JSON + gzip, 25 a request", "cut"): "338 s (echo), 169 s; 35 s, 17 s",
    ("PouchDB", "cut"): "DNF, about 480 s; DNF",
    ("PouchDB, batches of 10", "cut"): "DNF, DNF; over 600 s",
}
"""By row and link: on the loopback bytes up of cases and edits; else seconds, push and pull of
the cases, then of the edits."""
