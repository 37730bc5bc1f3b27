"""The jobs: bytes in, a plain value out, no file, no clock, no chance.

A parser is imported only by the worker that needs it, when it is already bounded.
"""

from __future__ import annotations

from collections.abc import Callable

from app.apart.requests import Answer, Job, PdfCheckJob, PdfPageJob, PictureJob

__all__ = ["loaded"]


def loaded(job: Job) -> Callable[[], Answer]:
    """Import what a job needs; return what does it.

    Doing it raises :class:`app.apart.requests.Refusal` with a reason, and anything at all for a
    file that the parser did not expect.
    """
    if isinstance(job, PictureJob):
        from app.apart.pictures import read_picture

        return lambda: read_picture(job)
    if isinstance(job, PdfPageJob):
        from app.apart.pdf import draw_page

        return lambda: draw_page(job)
    if isinstance(job, PdfCheckJob):
        from app.apart.pdf import check

        return lambda: check(job)
    from app.apart.tables import split_table

    return lambda: split_table(job)
