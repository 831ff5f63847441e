"""
Which modules an application imports when it starts, found by importing it.

A program that stands alone: it is started as `python -I -S -B trace_worker.py` by the
image's own interpreter, with the image's files unpacked below a folder. It reads one
JSON job from standard input:

    {"root": "/unpacked", "site": "opt/venv/lib/python3.13/site-packages",
     "working_dir": "app", "command": ["/opt/venv/bin/uvicorn", "main:app", …],
     "env": {"HF_HOME": "/tmp/hf"}}

and writes a JSON list of the sources that were imported, by their paths in the image.
A console script is not run: the module that it is the entry of is imported, and every
argument of the form `module:object` is too. A Python script among
them is run, but not as `__main__`.
"""

import importlib
import json
import os
import re
import runpy
import site
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

_OBJECT = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?")


def main() -> None:
    """Carry out the job on standard input."""
    job: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    answer = os.dup(1)
    # What the application prints is no part of the answer.
    os.dup2(2, 1)
    root = Path(job["root"])
    os.environ.update(job["env"])
    os.chdir(root / job["working_dir"])
    site.addsitedir(str(root / job["site"]))
    sys.path.insert(0, str(root / job["working_dir"]))
    start(job["command"])
    found = set()
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and path.endswith(".py") and Path(path).is_relative_to(root):
            found.add(f"/{Path(path).relative_to(root)}")
    with os.fdopen(answer, "w") as stream:
        json.dump(sorted(found), stream)
    # Threads that the application started need not end.
    os._exit(0)


def start(command: list[str]) -> None:
    """Import what *command* would."""
    program, arguments = Path(command[0]).name, command[1:]
    if program.startswith("python"):
        if arguments[:1] == ["-m"]:
            importlib.import_module(arguments[1])
    else:
        for entry in entry_points(group="console_scripts", name=program):
            entry.load()
    for argument in arguments:
        if _OBJECT.fullmatch(argument):
            importlib.import_module(argument.partition(":")[0])
        elif argument.endswith(".py") and Path(argument).is_file():
            runpy.run_path(argument, run_name="__boxwright__")


if __name__ == "__main__":
    main()
