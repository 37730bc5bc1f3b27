"""Files from outside, read in a process of their own: without key, database or network.

:mod:`runner` is what the program calls. It starts one :mod:`worker` per file, which takes its
bounds (:mod:`limits`), shuts itself in (:mod:`confinement`) and does one of the :mod:`jobs`.
What comes back are plain values: numbers, texts and the colours of pixels, which nobody has to
parse again.
"""
