"""``python -m app``: the command line; of one executable also the worker that reads files apart."""

import sys


def _reads_apart() -> bool:
    """Whether the executable was started to be a worker: then nothing else of it is loaded."""
    if not getattr(sys, "frozen", False):
        return False
    from app.apart.requests import FROZEN_ARGUMENT

    return sys.argv[1:] == [FROZEN_ARGUMENT]


if __name__ == "__main__":
    if _reads_apart():
        from app.apart.worker import serve

        serve()
    from app.cli import main

    main()
