"""Runs an image as it would be run, and looks at what it does: does it start, answer, and stop."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from boxwright.plan.model import Plan
from boxwright.progress import Progress, Silent
from boxwright.render.compose.names import size
from boxwright.run.causes import cause_of, crash_in
from boxwright.run.client import Client, State
from boxwright.run.from_image import container_of_image
from boxwright.run.from_plan import choose_workload, container_of
from boxwright.run.inside import Confinement, confinement, find_python
from boxwright.run.model import Container, Port
from boxwright.run.prepare import give_image, named_apart
from boxwright.run.request import Reply, Request, ask, ask_inside, complaints
from boxwright.run.session import (
    Waited,
    fitted,
    started,
    stop,
    wait_for_end,
    wait_until_well,
)
from boxwright.run.wishes import Wishes
from boxwright.settings import Settings, SmokeRequest, SmokeSettings
from boxwright.store.engine import Engine

_UNTESTED = "untested-image-pushed"
PRACTICES = (
    "capabilities-kept",
    "healthcheck-hides-failure",
    "image-without-healthcheck",
    "privilege-escalation",
    "root-service",
    "shell-form-in-image",
    "short-start-period",
    "ungraceful-stop-signal",
    "unlimited-memory",
    "writable-root",
    _UNTESTED,
)
"""The rules that results name, beside those of causes."""
_START_WITHIN, _JOB_WITHIN, _MEMORY_SHARE = 60.0, 600.0, 0.9
_SHELLS = frozenset({"sh", "bash", "dash", "ash"})
_KILLED = 137


class Outcome(StrEnum):
    """How a check went."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One thing that was looked at."""

    what: str
    outcome: Outcome
    measured: str = ""
    limit: str = ""
    practice: str = ""
    """The rule that is broken; of a check that passed, the one that it holds."""
    detail: str = ""
    hint: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong, as far as could be seen."""
        return self.outcome is not Outcome.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeReport:
    """What a smoke test found."""

    image: str
    results: tuple[Result, ...]
    log: str = ""
    """The end of what the container wrote, where something failed."""

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(result.passed for result in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What is looked at, and what is right."""

    container: Container | None = None
    """How the image is run; None: as hard as one of which nothing else is known."""
    wishes: Wishes = field(default_factory=Wishes)
    """What is wanted otherwise, where there is no *container*."""
    requests: tuple[Request, ...] = ()
    start_within: float | None = None
    """Seconds to healthy; None: what its health check gives it."""
    job_within: float = _JOB_WITHIN
    memory_share: float = _MEMORY_SHARE
    """How much of its memory it may use after the requests."""


def plan_checks(
    plan: Plan,
    settings: Settings,
    *,
    folder: Path,
    environ: Mapping[str, str],
    workload: str | None = None,
    wishes: Wishes | None = None,
    alone: bool = False,
) -> Checks:
    """Return the checks of *workload* (the first one) of the project in *folder*."""
    chosen = choose_workload(plan, workload)
    container = container_of(
        plan,
        chosen,
        image=plan.name,
        folder=folder,
        wishes=wishes or Wishes(),
        environ=environ,
        alone=alone,
    ).container
    is_main = chosen is plan.workloads[0]
    asked = settings.smoke
    return replace(
        _limits(asked),
        container=container,
        requests=(
            *_health_request(container),
            *(
                _request(it)
                for it in asked.requests
                if it.workload == chosen.name or (is_main and it.workload is None)
            ),
        ),
    )


def image_checks(settings: Settings | None = None, *, wishes: Wishes | None = None) -> Checks:
    """Return the checks of an image of which no plan tells."""
    asked = settings.smoke if settings else SmokeSettings()
    requests = tuple(_request(it) for it in asked.requests if it.workload is None)
    return replace(_limits(asked), wishes=wishes or Wishes(), requests=requests)


def smoke(
    name: str, checks: Checks, *, engine: Engine, progress: Progress | None = None
) -> SmokeReport:
    """
    Run the image *name*, which *engine* has or can get, and hold it to *checks*.

    The container is removed whatever happens. EngineError where it cannot be run at all.
    """
    progress = progress or Silent()
    client = Client(engine=engine)
    host = client.host()
    known, image = give_image(client, name, progress=progress)
    container = checks.container or container_of_image(known, image, checks.wishes).container
    container = named_apart(replace(fitted(container, host), image=known))
    # Any port that is free: what runs here already is in nobody's way.
    ports = tuple(Port(inside=it.inside) for it in container.ports)
    test = _Test(
        client=client,
        container=replace(container, ports=ports),
        checks=checks,
        progress=progress,
        is_remote=host.is_remote,
        first_program=(container.entrypoint or image.process or ("",))[0],
        stop_signal=container.stop_signal or image.stop_signal or "SIGTERM",
    )
    results: list[Result] = []
    with started(client, test.container, progress=progress):
        results += test.results()
        failed = any(not result.passed for result in results)
        log = client.logs(test.container.name, 40).strip("\n") if failed else ""
    return SmokeReport(image=name, results=tuple(results), log=log)


@dataclass(slots=True, kw_only=True)
class _Test:
    """A test that goes on."""

    client: Client
    container: Container
    checks: Checks
    progress: Progress
    is_remote: bool
    first_program: str
    stop_signal: str
    python: str = field(default="", init=False)

    def results(self) -> Iterator[Result]:
        """Look at one thing after the other."""
        if self.container.kind == "job":
            yield from self._of_job()
            return
        within = self._start_within()
        waited = wait_until_well(self.client, self.container, within=within, progress=self.progress)
        yield self._of_start(waited, within)
        if not waited.is_well:
            return
        yield self._of_log()
        self.python = find_python(self.client, self.container.name)
        for request in self.checks.requests:
            yield self._of_request(request)
        yield from _of_confinement(self._confined(), self.container)
        yield self._of_memory()
        yield self._of_stop()

    def _confined(self) -> Confinement:
        return confinement(self.client, self.container.name, self.python)

    def _start_within(self) -> float:
        if self.checks.start_within is not None:
            return self.checks.start_within
        health = self.container.health
        return health.start_period if health and health.start_period else _START_WITHIN

    def _of_start(self, waited: Waited, within: float) -> Result:
        if not waited.is_well:
            in_time = waited.state is not None and waited.state.is_running
            usual = "short-start-period" if in_time else _UNTESTED
            return Result(
                what="start",
                outcome=Outcome.FAILED,
                measured=f"{waited.seconds:.1f} s",
                limit=f"{within:g} s",
                practice=waited.cause.practice or usual,
                detail=waited.reason,
                hint=waited.cause.hint,
            )
        if self.container.health is None:
            return Result(
                what="start",
                outcome=Outcome.SKIPPED,
                practice="image-without-healthcheck",
                detail=waited.reason,
            )
        return Result(
            what="start",
            outcome=Outcome.PASSED,
            measured=f"{waited.seconds:.1f} s",
            limit=f"{within:g} s",
            practice="short-start-period",
        )

    def _of_log(self) -> Result:
        crash = crash_in(self.client.logs(self.container.name))
        return Result(
            what="log",
            outcome=Outcome.FAILED if crash else Outcome.PASSED,
            practice="healthcheck-hides-failure",
            detail=f"it says that it is well and logs a crash: {_last_line(crash)}"
            if crash
            else "",
            hint="let the health check fail where this does, or catch what is expected"
            if crash
            else "",
        )

    def _of_request(self, request: Request) -> Result:
        reply, why_not = self._reply(request)
        if reply is None:
            return Result(what=str(request), outcome=Outcome.SKIPPED, detail=why_not)
        wrong = complaints(request, reply)
        practice = "healthcheck-hides-failure" if request.is_health else _UNTESTED
        hint = ""
        if reply.is_closed:
            hint = "let it listen on all addresses of the container (`--host 0.0.0.0`), not on its loopback"
        elif wrong:
            hint = "the log of the container says more"
        return Result(
            what=str(request),
            outcome=Outcome.FAILED if wrong else Outcome.PASSED,
            measured="" if reply.failure else f"{reply.status} in {reply.seconds * 1000:.0f} ms",
            limit=f"{request.timeout:g} s",
            practice=practice,
            detail="; ".join(wrong),
            hint=hint,
        )

    def _reply(self, request: Request) -> tuple[Reply | None, str]:
        inside = next((port.inside for port in self.container.ports), None)
        if inside is None:
            return None, "it publishes no port"
        if self.is_remote:
            if not self.python:
                return (
                    None,
                    "the engine is on another machine, and the image has no Python to ask with",
                )
            name = self.container.name
            return ask_inside(self.client, name, self.python, inside, request), ""
        outside = self.client.published(self.container.name, inside)
        if outside is None:
            return Reply(failure=f"the engine does not say where port {inside} answers"), ""
        return ask(outside, request), ""

    def _of_memory(self) -> Result:
        limit = self.container.resources.memory
        used = _memory_of(
            self.client.try_(
                "stats", "--no-stream", "--format", "{{json .}}", self.container.name
            ).out
        )
        if used is None:
            return Result(
                what="memory", outcome=Outcome.SKIPPED, detail="the engine does not tell how much"
            )
        allowed = int(limit * self.checks.memory_share)
        is_much = used > allowed
        return Result(
            what="memory",
            outcome=Outcome.FAILED if is_much else Outcome.PASSED,
            measured=_mib(used),
            limit=f"{_mib(allowed)} of {size(limit)}",
            practice="unlimited-memory",
            detail="it is close to its limit, where it would be killed" if is_much else "",
            hint="allow more with the setting `workloads.NAME.memory`, or have it load less"
            if is_much
            else "",
        )

    def _of_stop(self) -> Result:
        took = stop(self.client, self.container)
        state = self.client.state(self.container.name)
        grace = self.container.stop_seconds
        number = _number_of(self.stop_signal)
        code = state.exit_code if state is not None else 0
        is_clean = state is not None and not state.is_running and code in (0, 128 + number)
        is_shell = self.first_program.rpartition("/")[2] in _SHELLS
        practice = "shell-form-in-image" if is_shell else "ungraceful-stop-signal"
        detail = hint = ""
        if not is_clean and code == _KILLED:
            detail = f"it does not end by {self.stop_signal} within {grace} seconds, and was killed"
            hint = (
                "let the program be the first process (`exec`), without a shell before it"
                if is_shell
                else f"handle {self.stop_signal}: as the first process it is ignored otherwise"
            )
        elif not is_clean:
            detail = f"it ends with exit code {code} when it is stopped"
            hint = "let it end its work and exit with 0"
        return Result(
            what="stop",
            outcome=Outcome.PASSED if is_clean else Outcome.FAILED,
            measured=f"{took:.1f} s, exit code {code}",
            limit=f"{grace} s",
            practice=practice if not is_clean else "ungraceful-stop-signal",
            detail=detail,
            hint=hint,
        )

    def _of_job(self) -> Iterator[Result]:
        within = self.checks.job_within
        # Engines forget nothing of how a container was made when it ends.
        told = self._confined()
        task = f"wait for {self.container.name}"
        self.progress.start(task)
        state = wait_for_end(self.client, self.container.name, within=within)
        self.progress.finish(task)
        yield self._of_end(state, within)
        yield from _of_confinement(told, self.container)

    def _of_end(self, state: State | None, within: float) -> Result:
        if state is not None and state.is_running:
            return Result(
                what="job",
                outcome=Outcome.FAILED,
                limit=f"{within:g} s",
                practice=_UNTESTED,
                detail=f"it has not ended after {within:g} seconds",
                hint="let it do less for a test, or allow more with the setting `smoke.job-within`",
            )
        code = state.exit_code if state is not None else -1
        if code == 0:
            return Result(
                what="job", outcome=Outcome.PASSED, measured="exit code 0", limit=f"{within:g} s"
            )
        log = self.client.logs(self.container.name, 40)
        cause = cause_of(state, log, self.container.resources)
        return Result(
            what="job",
            outcome=Outcome.FAILED,
            measured=f"exit code {code}",
            limit=f"{within:g} s",
            practice=cause.practice or _UNTESTED,
            detail=f"it ended with exit code {code}",
            hint=cause.hint,
        )


def _of_confinement(seen: Confinement, container: Container) -> Iterator[Result]:
    by = "" if seen.is_seen else "as the engine tells; its process cannot be looked at"
    may_write = container.writable_root
    for what, is_wrong, practice, detail in (
        (
            "user",
            None if seen.uid is None else seen.uid == 0,
            "root-service",
            "its process is root's",
        ),
        ("capabilities", seen.has_capabilities, "capabilities-kept", "it has some"),
        ("privileges", seen.may_gain_rights, "privilege-escalation", "it may gain some"),
        (
            "root file system",
            None if seen.has_read_only_root is None else not seen.has_read_only_root,
            "writable-root",
            "it can be written to",
        ),
    ):
        if what == "root file system" and may_write:
            yield Result(
                what=what, outcome=Outcome.SKIPPED, detail="it is planned to be written to"
            )
        elif is_wrong is None:
            yield Result(what=what, outcome=Outcome.SKIPPED, detail="it is not known")
        else:
            yield Result(
                what=what,
                outcome=Outcome.FAILED if is_wrong else Outcome.PASSED,
                measured=_measured(what, seen) if not is_wrong else "",
                practice=practice,
                detail=detail if is_wrong else by,
            )


def _measured(what: str, seen: Confinement) -> str:
    words = {"capabilities": "none", "privileges": "none to gain", "root file system": "read-only"}
    return words.get(what, f"{seen.uid}")


def _health_request(container: Container) -> tuple[Request, ...]:
    if not container.path or not container.ports or container.health is None:
        return ()
    return (Request(path=container.path, is_health=True),)


def _limits(asked: SmokeSettings) -> Checks:
    return Checks(
        start_within=asked.start_within,
        job_within=asked.job_within or _JOB_WITHIN,
        memory_share=asked.memory_share or _MEMORY_SHARE,
    )


def _request(asked: SmokeRequest) -> Request:
    has_json = asked.json is not None
    body = json.dumps(asked.json).encode() if has_json else (asked.body or "").encode()
    headers = dict(asked.headers)
    if has_json and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return Request(
        path=asked.path,
        method=asked.method or ("POST" if body else "GET"),
        headers=tuple(sorted(headers.items())),
        body=body,
        status=asked.status,
        contains=asked.contains,
        expected=asked.expect_json,
        timeout=asked.timeout or 10,
    )


_UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def _memory_of(text: str) -> int | None:
    """
    Return the bytes that a line of `stats` says are used.

    >>> _memory_of('{"MemUsage": "15.5MiB / 64MiB"}')
    16252928
    """
    try:
        told = json.loads(text.strip().splitlines()[0])
    except (ValueError, IndexError, RecursionError):
        return None
    if isinstance(told, list):
        told = told[0] if told else {}
    words = (
        str(told.get("MemUsage") or told.get("mem_usage") or "") if isinstance(told, dict) else ""
    )
    found = re.match(r"([0-9.]{1,20})\s?([KMG]?i?B)", words, re.IGNORECASE)
    if found is None:
        return None
    try:
        return round(float(found[1]) * _UNITS[found[2].lower()])
    except (ValueError, KeyError):
        return None


def _number_of(name: str) -> int:
    """
    Return the number of the signal *name*.

    >>> _number_of("SIGTERM"), _number_of("INT"), _number_of("15")
    (15, 2, 15)
    """
    if name.isascii() and name.isdigit():
        return int(name)
    found = getattr(signal, f"SIG{name.upper().removeprefix('SIG')}", None)
    return int(found) if isinstance(found, signal.Signals) else 15


def _mib(number: int) -> str:
    return f"{number / 2**20:.0f} MiB"


def _last_line(text: str) -> str:
    """Return the line of a traceback that names the error."""
    lines = [line for line in text.splitlines() if line and not line.startswith(" ")]
    return (lines[1] if len(lines) > 1 else lines[0])[:300] if lines else ""
