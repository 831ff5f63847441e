"""`boxwright run`: an image or a project, in a container that may do nothing it need not."""

from __future__ import annotations

import functools
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boxwright.cli import options
from boxwright.cli.console import open_progress

if TYPE_CHECKING:
    from boxwright.progress import Progress
    from boxwright.run.model import Container
    from boxwright.run.prepare import Prepared
    from boxwright.run.session import Waited
    from boxwright.run.wishes import Wishes

_ENDING = (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
"""What is sent to us by whoever stops services, and by a terminal that is closed."""


class _Command(click.Command):
    """A command whose arguments after `--` are the container's, whether a target is named or not."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, dashes, arguments = args, [], []
        if "--" in args:
            at = args.index("--")
            own, dashes, arguments = args[:at], ["--"], args[at + 1 :]
        super().parse_args(ctx, own)
        if dashes:
            ctx.params["arguments"] = (*ctx.params["arguments"], *arguments)
        return []


@click.command("run", cls=_Command)
@click.argument("target", metavar="[IMAGE|DIR]", default=".")
@click.argument("arguments", metavar="[-- COMMAND...]", nargs=-1, type=click.UNPROCESSED)
@click.option("--workload", metavar="NAME", help="Of a project, which one (default: its own).")
@click.option("--smoke", is_flag=True, help="Test it: start, answers, memory, confinement, stop.")
@click.option("--print", "only_shown", is_flag=True, help="Show the engine's command line only.")
@click.option("-d", "--detach", is_flag=True, help="Leave it running, once it is healthy.")
@click.option("--name", metavar="NAME", help="What the container is called.")
@click.option(
    "-p",
    "--publish",
    "ports",
    metavar="[HOST:]PORT",
    multiple=True,
    help="A port that this machine answers for, on 127.0.0.1.",
)
@click.option(
    "--network",
    metavar="none|published|NAME",
    help="`none`; `published`: its ports and no way out (the default where it has ports);"
    " `bridge` or another of the engine's.",
)
@click.option("-e", "--env", metavar="NAME[=VALUE]", multiple=True, help="A variable.")
@click.option(
    "--env-file",
    "env_files",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Variables, a line each.",
)
@click.option(
    "--secret",
    "secrets",
    metavar="NAME=FILE",
    multiple=True,
    help="A credential: the container finds it as /run/secrets/NAME.",
)
@click.option(
    "--mount",
    "mounts",
    metavar="SOURCE:TARGET[:rw]",
    multiple=True,
    help="A folder of this machine or a volume; read-only without `:rw`.",
)
@click.option(
    "--tmpfs", "scratch", metavar="PATH[:SIZE]", multiple=True, help="A folder in memory."
)
@click.option("--user", metavar="UID[:GID]", help="In place of the image's user.")
@click.option("--entrypoint", metavar="PROGRAM", help="In place of the image's.")
@click.option("--memory", metavar="SIZE", help="The most memory: 512m, 2g.")
@click.option("--cpus", type=click.FloatRange(0.01, 1024), help="The most processors.")
@click.option("--pids", type=click.IntRange(1, 1 << 22), help="The most processes and threads.")
@click.option("--gpus", type=click.IntRange(0, 64), help="How many GPUs.")
@click.option("--cpu", "without_gpu", is_flag=True, help="Without the GPU that the plan asks for.")
@click.option(
    "--without-companions",
    "alone",
    is_flag=True,
    help="Alone, although the plan has others beside it.",
)
@click.option(
    "--wait",
    "within",
    type=click.FloatRange(0.1, 86400),
    metavar="SECONDS",
    help="How long it may take to become healthy.",
)
@options.offline
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 64), help="Processes at once while it is built."
)
@options.output_format
@options.quiet
def command(
    target: str,
    arguments: tuple[str, ...],
    within: float | None,
    jobs: int | None,
    output_format: str,
    *,
    workload: str | None,
    smoke: bool,
    only_shown: bool,
    detach: bool,
    alone: bool,
    offline: bool,
    quiet: bool,
    **wanted: Any,  # noqa: ANN401 (options that `_wishes` reads)
) -> int:
    """
    Run a project, or an image that the engine has or can get, hardened.

    The project in DIR is built first, into the engine, and run as its plan says. Nobody may
    write to the image or gain rights; memory, processors and processes are bounded; there is
    no network but for published ports. Credentials come as files.

    Follows the log until Ctrl-C, and removes the container. COMMAND runs in place of the
    project's, which gets it as arguments if it begins with a dash, or after the image's
    entrypoint. With --smoke the exit status is 1 if the
    image fails its test.
    """
    if sum((smoke, only_shown, detach)) > 1:
        raise click.UsageError("--smoke, --print and --detach exclude each other")
    if output_format == "json" and not smoke:
        raise click.UsageError("--format json is for --smoke")
    from boxwright.run.prepare import is_project, prepare_image, prepare_project

    is_here = is_project(target)
    if not is_here and (workload or alone):
        raise click.UsageError("--workload and --without-companions are for a project's folder")
    wishes = _wishes(arguments, wanted)
    # A container is to be removed whatever ends us.
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            before = signal.signal(number, _interrupt)
            click.get_current_context().call_on_close(
                functools.partial(signal.signal, number, before)
            )
    with open_progress(quiet=quiet) as progress:
        if is_here:
            prepared = prepare_project(
                Path(target),
                wishes,
                workload=workload,
                alone=alone,
                only_shown=only_shown,
                offline=offline,
                jobs=jobs or os.cpu_count() or 1,
                environ=os.environ,
                cache=options.open_cache(),
                progress=progress,
            )
        else:
            prepared = prepare_image(
                target, wishes, only_shown=only_shown, environ=os.environ, progress=progress
            )
        for note in prepared.notes:
            progress.note(note)
        if smoke:
            return _smoke(
                prepared, wishes, progress, within=within, as_json=output_format == "json"
            )
    if only_shown:
        return _print(prepared)
    return _run(prepared, has_name=bool(wishes.name), within=within, detach=detach, quiet=quiet)


def _wishes(arguments: tuple[str, ...], wanted: dict[str, Any]) -> Wishes:
    from boxwright.run import wishes as asked

    return asked.Wishes(
        name=asked.checked_name(wanted["name"] or ""),
        command=arguments,
        entrypoint=wanted["entrypoint"] or "",
        user=asked.checked_user(wanted["user"] or ""),
        ports=tuple(map(asked.parse_port, wanted["ports"])),
        network=asked.checked_network(wanted["network"] or ""),
        env=tuple(asked.parse_env(text, os.environ) for text in wanted["env"]),
        env_files=tuple(path.absolute() for path in wanted["env_files"]),
        secrets=tuple(map(asked.parse_secret, wanted["secrets"])),
        mounts=tuple(map(asked.parse_mount, wanted["mounts"])),
        scratch=tuple(map(asked.parse_scratch, wanted["scratch"])),
        memory=asked.parse_size(wanted["memory"]) if wanted["memory"] else None,
        cpus=wanted["cpus"],
        pids=wanted["pids"],
        gpus=wanted["gpus"],
        without_gpu=wanted["without_gpu"],
    )


def _print(prepared: Prepared) -> int:
    from boxwright.report.run_text import printed_commands
    from boxwright.run.network import missing_network

    container = prepared.container
    setup = missing_network(prepared.client) if container.uses_closed_network else ()
    for secret in container.secrets:
        if secret.value is not None:
            click.echo(f"note: write `{secret.name}` to `{secret.path}` first", err=True)
    for name, _ in container.hidden_env:
        click.echo(f"note: `{name}` is taken from the environment of the shell", err=True)
    click.echo(printed_commands(prepared.client.engine.name, setup, container))
    return 0


def _smoke(
    prepared: Prepared, wishes: Wishes, progress: Progress, *, within: float | None, as_json: bool
) -> int:
    from dataclasses import replace

    from boxwright.project.settings_file import read_settings
    from boxwright.report.run_text import smoke_json, smoke_text
    from boxwright.run.smoke import image_checks, plan_checks, smoke

    if prepared.planned is None:
        settings = read_settings(Path.cwd())
        checks = image_checks(settings, wishes=wishes)
    else:
        assert prepared.workload is not None  # noqa: S101 (it was chosen with the plan)
        checks = plan_checks(
            prepared.planned.plan,
            prepared.planned.settings,
            folder=prepared.planned.folder,
            environ=os.environ,
            workload=prepared.workload.name,
            wishes=wishes,
            alone=True,
        )
    if within is not None:
        checks = replace(checks, start_within=within)
    image = prepared.container.image
    report = smoke(image, checks, engine=prepared.client.engine, progress=progress)
    click.echo(smoke_json(report) if as_json else smoke_text(report))
    return 0 if report.passed else 1


def _run(
    prepared: Prepared, *, has_name: bool, within: float | None, detach: bool, quiet: bool
) -> int:
    from boxwright.report.run_text import bounds_text, failed_text, well_text
    from boxwright.run.foreground import run_detached, run_followed
    from boxwright.run.prepare import named_apart

    client = prepared.client
    container = prepared.container if has_name else named_apart(prepared.container)
    container = _with_free_ports(prepared, container)
    if detach and container.secrets and sys.platform != "linux":
        raise click.UsageError(
            "--detach and secrets need Linux: elsewhere their files have to stay"
        )

    def tell(waited: Waited) -> None:
        if not quiet:
            click.echo(well_text(container, waited, _address(prepared, container)), err=True)

    if not quiet:
        click.echo(f"{container.name}: {bounds_text(container)}", err=True)
    if not detach:
        failure = run_followed(client, container, within=within, tell_well=tell)
        if failure is None:
            return 0
        click.echo(failed_text(container, failure, with_log=False), err=True)
        return 1
    with open_progress(quiet=quiet) as progress:
        waited = run_detached(client, container, within=within, progress=progress)
    if not waited.is_well:
        click.echo(failed_text(container, waited, with_log=True), err=True)
        return 1
    tell(waited)
    click.echo(" ".join(filter(None, (container.name, _address(prepared, container)))))
    return 0


def _with_free_ports(prepared: Prepared, container: Container) -> Container:
    """Return *container* with any free port where another program has the planned one."""
    from dataclasses import replace

    from boxwright.run.ports import free_ports

    if prepared.host.is_remote:
        return container
    found = free_ports(container.ports)
    for before, after in zip(container.ports, found, strict=True):
        if before != after:
            text = f"note: port {before.outside} of this machine is taken: another is chosen"
            click.echo(text, err=True)
    return replace(container, ports=found)


def _address(prepared: Prepared, container: Container) -> str:
    for port in container.ports:
        outside = prepared.client.published(container.name, port.inside)
        if outside is not None:
            where = "the engine's machine, " if prepared.host.is_remote else ""
            return f"{where}http://127.0.0.1:{outside}"
    return ""


def _interrupt(number: int, frame: object) -> None:  # noqa: ARG001 (a signal handler)
    raise KeyboardInterrupt
