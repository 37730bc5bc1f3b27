"""Pages of a PDF, drawn by PDFium. In the worker only.

The library comes without a JavaScript engine, and forms are not started: nothing in the file runs.
"""

from __future__ import annotations

import math
from typing import Final

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from app.apart.pictures import as_file
from app.apart.requests import PdfCheck, PdfCheckJob, PdfPage, PdfPageJob, Raster, Refusal

__all__ = ["check", "draw_page"]

_FIRST_BYTES: Final = b"%PDF-"
_SCALE_MAX: Final = 4.0
"""Pixels a point: of a tiny page no more is drawn than there is to see."""

_TRIED_SIDE: Final = 300
"""Pixels of a page that is drawn only to see whether it can be."""

_WORDS: Final = (
    b"Author\0", b"Title\0", b"Subject\0", b"Keywords\0", b"Creator\0", b"Producer\0",
    b"CreationDate\0",
)  # fmt: skip
_NO_WORDS_BYTES: Final = 2
"""What PDFium counts for an empty text: its end. To decode one, Python would import something."""
# What PDFium has no question for: XMP, and what a page or a link starts. Packed, it is not seen.
_PACKET: Final = b"<?xpacket"
_STARTS: Final = (b"/JavaScript", b"/JS", b"/Launch")


def draw_page(job: PdfPageJob) -> PdfPage:
    """Return one page as pixels, on white.

    Raises Refusal ``wrong_type``, ``locked``, ``damaged``, ``no_such_page``.
    """
    document = _opened(job.content)
    count = len(document)
    if job.page >= count:
        raise Refusal("no_such_page")
    page = document[job.page]
    raster = _drawn(page, job.side)
    return PdfPage(count, raster, as_file(raster, "PNG") if job.with_file else None)


def check(job: PdfCheckJob) -> PdfCheck:
    """Look through a PDF and draw its first pages.

    Raises Refusal ``wrong_type``, ``locked``, ``damaged``, ``too_many_pages``.
    """
    document = _opened(job.content)
    count = len(document)
    if count > job.pages_max:
        raise Refusal("too_many_pages")
    for number in range(min(count, job.drawn)):
        page = document[number]
        _drawn(page, _TRIED_SIDE)
        page.close()
    found = {
        "words": _PACKET in job.content
        or any(raw.FPDF_GetMetaText(document, one, None, 0) > _NO_WORDS_BYTES for one in _WORDS),
        "files": document.count_attachments() > 0,
        "script": raw.FPDFDoc_GetJavaScriptActionCount(document) > 0
        or any(one in job.content for one in _STARTS),
    }
    return PdfCheck(count, [name for name, is_there in found.items() if is_there])


def _opened(content: bytes) -> pypdfium2.PdfDocument:
    if not content.startswith(_FIRST_BYTES):
        raise Refusal("wrong_type")
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        is_locked = error.err_code == raw.FPDF_ERR_PASSWORD
        raise Refusal("locked" if is_locked else "damaged") from None
    if len(document) == 0:
        raise Refusal("damaged")
    return document


def _drawn(page: pypdfium2.PdfPage, side: int) -> Raster:
    longest = max(page.get_size())
    if not (math.isfinite(longest) and longest > 0):
        raise Refusal("damaged")
    # One pixel less: PDFium rounds up.
    scale = min(_SCALE_MAX, max(side - 1, 1) / longest)
    bitmap = page.render(scale=scale, rev_byteorder=True)
    size = (min(bitmap.width, side), min(bitmap.height, side))
    seen = Image.frombuffer(
        "RGB", (bitmap.width, bitmap.height), bitmap.buffer, "raw", "RGB", bitmap.stride, 1
    ).crop((0, 0, *size))
    return Raster(*size, seen.tobytes())
