#!/usr/bin/env python3
"""
What a look into an image costs: `boxwright inspect` beside syft, on the same torch image.

    python bench/inspect.py --install       fetch syft first: pip, into .cache/peers
    python bench/inspect.py                 three rounds
    python bench/inspect.py --write         and write docs/benchmarks-inspect.md
    python bench/inspect.py --site DIR      with distributions that are installed already

All take turns within a round. CPU seconds (user and system, with all children) are what to
compare: seconds on the clock depend on what else the machine does. The image is made once, into
.cache/bench/inspect: Debian and Python by `boxwright build`, and what a Dockerfile would add.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    import inspect_run

    sys.exit(inspect_run.main(__doc__))

# Scripts in this folder that import `inspect` mean the standard library's, and get it.
import importlib.util
import os
from pathlib import Path

_spec = importlib.util.spec_from_file_location(__name__, Path(os.__file__).with_name("inspect.py"))
sys.modules[__name__] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sys.modules[__name__])
