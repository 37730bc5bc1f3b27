"""What is kept and shown of files from outside: :class:`app.services.apart_ports.FilesApart` by
:mod:`app.apart`. Part of the composition root."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from app.apart.requests import PdfCheckJob, PdfPageJob, PictureJob, Raster, Table, TableJob
from app.apart.runner import Apart
from app.domain.errors import DomainError
from app.services.apart_ports import KeptFile, NotARow, Pixels, ShownPage
from app.services.attachments import BYTES_MAX, PDF, media_type_of

__all__ = ["ReadsApart", "SplitsApart", "rows_in_order"]

_REMARKS: Final = {
    "words": "attachment_pdf_words",
    "files": "attachment_pdf_files",
    "script": "attachment_pdf_script",
}
_SMALL: Final = 16
"""Of what nobody looks at."""


@dataclass(frozen=True, slots=True)
class ReadsApart:
    """Starts one process for each file. Any thread that may wait."""

    apart: Apart = field(default_factory=Apart)

    def kept(self, content: bytes) -> KeptFile:
        """Return what may be kept. Raises as the port says."""
        if media_type_of(content) == PDF:
            found = self.apart.pdf_check(PdfCheckJob(content))
            return KeptFile(content, tuple(_REMARKS[one] for one in found.hidden))
        job = PictureJob(
            content,
            screen_side=_SMALL,
            thumbnail_side=_SMALL,
            with_file=True,
            file_bytes_max=BYTES_MAX,
        )
        file = self.apart.picture(job).file
        assert file is not None  # the runner holds the worker to it
        return KeptFile(file)

    def shown(self, content: bytes, page: int, side: int) -> ShownPage:
        """Return a page as pixels. Raises as the port says."""
        if media_type_of(content) == PDF:
            found = self.apart.pdf_page(PdfPageJob(content, page, side))
            return ShownPage(found.count, _pixels(found.page))
        job = PictureJob(content, screen_side=side, thumbnail_side=_SMALL)
        return ShownPage(1, _pixels(self.apart.picture(job).screen))


@dataclass(frozen=True, slots=True)
class SplitsApart:
    """:class:`app.services.apart_ports.TablesApart`. Starts one process for each portion. Any
    thread that may wait."""

    apart: Apart = field(default_factory=Apart)

    def split(self, portion: bytes, lines: int, columns: int) -> list[list[str] | NotARow]:
        """Return what each line is. Raises as the port says."""
        job = TableJob(portion, has_header=False, columns=columns, columns_max=len(portion))
        try:
            found = self.apart.table(job)
        except DomainError:
            raise DomainError("official_not_split") from None
        return rows_in_order(found, lines)


def rows_in_order(found: Table, lines: int) -> list[list[str] | NotARow]:
    """Return what each of so many lines is. Raises DomainError ``official_not_split`` where a table
    leaves a line out or names one twice: whoever wrote it may be the file."""
    by_line: dict[int, list[str] | NotARow] = dict(zip(found.lines, found.rows, strict=True))
    by_line |= {one.line: NotARow(one.reason, one.found) for one in found.set_aside}
    said = len(found.lines) + len(found.set_aside)
    if said != lines or by_line.keys() != set(range(1, lines + 1)):
        raise DomainError("official_not_split")
    return [by_line[at] for at in range(1, lines + 1)]


def _pixels(raster: Raster) -> Pixels:
    return Pixels(raster.width, raster.height, raster.rgb)
