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
from app.apart.requests import PdfPage, PdfPageJob, Raster, Refusal

__all__ = ["draw_page"]

_FIRST_BYTES: Final = b"%PDF-"
_SCALE_MAX: Final = 4.0
"""Pixels a point: of a tiny page no more is drawn than there is to see."""


def draw_page(job: PdfPageJob) -> PdfPage:
    """Return one page as pixels, on white.

    Raises Refusal ``wrong_type``, ``locked``, ``damaged``, ``no_such_page``.
    """
    if not job.content.startswith(_FIRST_BYTES):
        raise Refusal("wrong_type")
    try:
        document = pypdfium2.PdfDocument(job.content)
    except pypdfium2.PdfiumError as error:
        is_locked = error.err_code == raw.FPDF_ERR_PASSWORD
        raise Refusal("locked" if is_locked else "damaged") from None
    count = len(document)
    if count == 0:
        raise Refusal("damaged")
    if job.page >= count:
        raise Refusal("no_such_page")
    page = document[job.page]
    raster = _drawn(page, job.side)
    return PdfPage(count, raster, as_file(raster, "PNG") if job.with_file else None)


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
