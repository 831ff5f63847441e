"""
The command `boxwright`: which commands there are, and what a failure becomes.

Exit status: 0 fine · 1 findings · 2 the user can mend it · 3 a bug, with a log · 130 interrupted.
A command's module is imported when that command is run, so that `--help` is instant.
"""

from __future__ import annotations

import errno
import gc
import importlib
import os
import sys
from collections.abc import Sequence

import click

from boxwright import __version__
from boxwright.errors import BoxwrightError

_COMMANDS = {
    "build": "Build the image of a project.",
    "base": "Compare what a project could stand on.",
    "init": "Write the Docker setup of a project.",
    "doctor": "Tell whether it builds and runs on this machine.",
    "check": "Check Dockerfiles, compose files, Kubernetes objects and workflows.",
    "run": "Run an image or a project, hardened; smoke-test it.",
    "push": "Put an image into a registry, named after its commit.",
    "promote": "Give an image a version or an environment, past the gates; roll back.",
    "pull": "Bring an image of a registry onto this machine.",
    "pin": "Write digests into Dockerfiles, compose files and Kubernetes objects.",
    "sign": "Sign an image, and attest what tells of it.",
    "verify": "Verify that an image is signed, and by whom.",
    "inspect": "Look into an image: layers, packages, waste, secrets.",
    "scan": "Find known vulnerabilities and credentials in an image; its SBOM.",
    "diff": "Compare two images.",
    "advisories": "Keep advisories of vulnerabilities on this machine.",
    "lock": "Decide exactly which packages go into the image.",
    "plan": "Show what would be built, and why.",
    "rule": "Explain a rule.",
    "rules": "List all rules.",
    "lsp": "Serve an editor: findings, fixes and the rules' pages.",
}

_MENDABLE = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "your quota is used up: make room",
    errno.EFBIG: "the file would be larger than this account may write",
    errno.EROFS: "write somewhere else: that file system is read-only",
    errno.EACCES: "give yourself the permission, or name another place",
    errno.EPERM: "give yourself the permission, or name another place",
    errno.EMFILE: "allow more open files (`ulimit -n`)",
}


class _LazyCommands(click.Group):
    """A group whose commands are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's)
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(f"boxwright.cli.commands.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 (a broken module of ours)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="boxwright", message="%(prog)s %(version)s")
def boxwright() -> None:
    """
    Container images for machine learning, built right.

    No Docker daemon, no Dockerfile: `boxwright build` turns a directory with a Python
    project into a small, non-root, reproducible image.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    status = run(sys.argv[1:] if arguments is None else arguments)
    # The end of the process frees everything at once: Python need not look through it before.
    gc.freeze()
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run the command line *arguments* and return the exit status."""
    try:
        status = boxwright.main(list(arguments), prog_name="boxwright", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return 130
    except BoxwrightError as error:
        _report(error.message, error.hint)
        return 2
    except BrokenPipeError:
        # Whoever read our output has had enough; nothing more may be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except OSError as error:
        if error.errno not in _MENDABLE:
            return _bug()
        place = f"`{error.filename}`: " if error.filename else ""
        _report(f"{place}{error.strerror}", _MENDABLE[error.errno])
        return 2
    except Exception:  # noqa: BLE001 (the last resort: whatever it is, it is our bug)
        return _bug()
    return status if isinstance(status, int) else 0


def _report(message: str, hint: str) -> None:
    from boxwright.report.findings_printable import printable_lines

    # Both may quote what a registry, an engine or an image says.
    click.echo(f"error: {printable_lines(message)}", err=True)
    if hint:
        click.echo(f"\nhint: {printable_lines(hint)}", err=True)


def _bug() -> int:
    error = sys.exc_info()[1]
    assert error is not None  # noqa: S101 (it is being handled)
    return report_bugs([("", error)])


def report_bugs(bugs: Sequence[tuple[str, BaseException]]) -> int:
    """Write the tracebacks of *bugs*, each with where it showed, to a log and say where that is."""
    import platform
    import tempfile
    import traceback

    handle, log = tempfile.mkstemp(prefix="boxwright-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"boxwright {__version__}, Python {sys.version}, {platform.platform()}\n")
        for place, error in bugs:
            file.write(f"\n{place}\n" if place else "")
            file.writelines(traceback.format_exception(error))
    place, error = bugs[0]
    _report(
        f"this is a bug in boxwright: {place}{type(error).__name__}: {error}"
        + (f", and {len(bugs) - 1} more" if len(bugs) > 1 else ""),
        f"please report it with the log in `{log}`",
    )
    return 3
