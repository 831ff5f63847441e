"""What the container starts: entry point, port, and how the code is found."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from boxwright.errors import PlanError
from boxwright.plan.explain import Explained
from boxwright.plan.model import SITE
from boxwright.plan.notebook import JUPYTER_ENV, JUPYTER_PORT, jupyter_command
from boxwright.plan.unclear import is_helper, nothing_to_start, only_members
from boxwright.plan.worker_commands import worker_command, worker_env
from boxwright.project.detectors.dependencies import SERVERS
from boxwright.project.detectors.frameworks import Framework, framework_named
from boxwright.project.detectors.lock_files import TOOLS
from boxwright.project.evidence import Evidence
from boxwright.project.facts import (
    ConsoleScript,
    Dependency,
    Port,
    Program,
    Project,
    Training,
    WebApplication,
    Worker,
)
from boxwright.settings import Settings
from boxwright.syntax.requirements import normalised

_PYTHON = f"{SITE}/bin/python"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 (all addresses of the container, which has its own network)
_ASGI = ("uvicorn", "hypercorn", "granian")
_WSGI = ("gunicorn", "waitress", "granian", "hypercorn")
_STOP_ON_SIGTERM = (
    "uvicorn", "hypercorn", "granian", "gunicorn", "streamlit", "sanic", "bentoml", "panel",
    "chainlit", "marimo", "mlserver", "celery", "rq", "dramatiq", "arq", "taskiq",
    "jupyter",
)  # fmt: skip
"""Programs that handle it; waitress and Gradio do not."""
_ENTRIES = frozenset(
    {"main.py", "app.py", "__main__.py", "server.py", "serve.py", "run.py", "start.py"}
)
"""Names of files that are meant to be started before others."""
_SERVING = ("serve", "server", "start", "api", "web", "app")
"""Names of programs that are meant to be started before others."""
_ADD_CURRENT_FOLDER = ("uvicorn", "gunicorn")
"""Servers that import from the working directory without being told to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How the process is started."""

    argv: tuple[str, ...]
    port: int | None = None
    application: WebApplication | None = None
    worker: Worker | None = None
    training: Training | None = None
    program: Program | None = None
    is_notebook: bool = False
    env: dict[str, str] = field(default_factory=dict)


def decide_start(
    project: Project, settings: Settings, working_dir: str, explained: Explained
) -> Start:
    """Return the first way to start the project that there is."""
    maker = _Maker(project, settings, working_dir, explained)
    if settings.entrypoint is not None:
        return maker.from_settings(settings.entrypoint)
    folders = only_members(project)
    if folders is not None:
        raise folders
    application = maker.first_application()
    if project.package is not None and project.scripts:
        script = _script(project)
        if script is not None and not maker.is_beside(script, application):
            return maker.from_script(script)
        if application is None:
            raise _several_scripts(project)
    elif project.scripts:
        explained.notice(
            f"`[project.scripts]` is not used: without a `[build-system]` the project is no"
            f" package, and `{project.scripts[0].name}` is never installed",
            "add a `[build-system]`, or set `entrypoint`",
            project.scripts[0].evidence,
        )
    if application is not None:
        return maker.from_application(application)
    maker.tell_of_uninstalled()
    # In a package they are for those who work on it.
    programs = (it for it in project.programs if not (project.package and is_helper(it.path)))
    program = next(programs, None)
    if program is not None and posixpath.basename(program.path) in _ENTRIES:
        return maker.from_program(program)
    if project.workers:
        return maker.from_worker(project.workers[0])
    if project.trainings:
        return maker.from_training(project.trainings[0])
    if program is not None:
        return maker.from_program(program)
    if project.applications:
        return maker.from_application(project.applications[0])
    if project.notebooks:
        return maker.from_notebooks()
    raise nothing_to_start(project, settings)


def decide_stop_signal(
    start: Start, project: Project, settings: Settings, explained: Explained
) -> str:
    """Return the signal that the process ends on, of its own accord."""
    if settings.stop_signal:
        explained.from_settings("stop-signal", settings.stop_signal)
        return settings.stop_signal
    program = start.argv[0].rpartition("/")[2]
    if program in _STOP_ON_SIGTERM:
        explained.add(
            "stop-signal",
            "SIGTERM",
            f"`{program}` then stops gracefully",
            practice="ungraceful-stop",
        )
        return "SIGTERM"
    if project.names_sigterm:
        explained.add("stop-signal", "SIGTERM", "the code names it", practice="ungraceful-stop")
        return "SIGTERM"
    explained.add(
        "stop-signal",
        "SIGINT",
        "Python has a handler for it; SIGTERM, the first process of a container ignores",
        practice="ungraceful-stop",
    )
    return "SIGINT"


def _script(project: Project) -> ConsoleScript | None:
    """Return the program that is meant to be started; None where no name tells it from others."""
    scripts = project.scripts
    if len(scripts) == 1:
        return scripts[0]
    plain = _plain(project.name.value)
    return next((script for script in scripts if _plain(script.name) == plain), None)


def _top(module: str) -> str:
    return module.partition(".")[0]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _several_scripts(project: Project) -> PlanError:
    scripts = project.scripts
    names = ", ".join(f"`{script.name}`" for script in scripts)
    return PlanError(
        f"{scripts[0].evidence.path}: [project.scripts] has several programs, and none is named"
        f" like the project: {names}",
        hint=f'choose one: `entrypoint = ["{scripts[0].name}"]` in [tool.boxwright]',
    )


@dataclass(frozen=True, slots=True)
class _Maker:
    project: Project
    settings: Settings
    working_dir: str
    explained: Explained

    def from_settings(self, words: tuple[str, ...]) -> Start:
        """Return the start that the user asks for."""
        project = self.project
        first = words[0]
        named = [
            application
            for application in project.applications
            if f"{application.module}:{application.name}" in words
        ]
        application = named[0] if named else None
        if len(words) == 1 and re.fullmatch(r"[\w.]+:\w+(\(\))?", first):
            if application is None:
                found = ", ".join(
                    f"`{each.module}:{each.name}`" for each in project.applications if each.name
                )
                raise PlanError(
                    f"{self.settings.source}: {self.settings.key('entrypoint')}:"
                    f" no application `{first}` was found",
                    hint=f"found were {found}" if found else "name a program and its arguments",
                )
            return self.from_application(application)
        program = self._program(first)
        self.explained.from_settings("entrypoint", " ".join(words))
        argv = (*program, *words[1:])
        port = self._asked_port() or _port_in(words)
        if port is None:
            files = [word for word in words if word.endswith(".py")]
            port = self._port_number(application, files[0] if files else "")
        env = {}
        if application is not None:
            env = self._path_env(application.root)
        elif first.endswith(".py") or posixpath.basename(first).startswith("python"):
            env = self._path_env(self._root_of(words))
        return Start(argv=argv, port=port, application=application, env=env)

    def _program(self, word: str) -> tuple[str, ...]:
        if word.startswith("/"):
            return (word,)
        if word.endswith(".py"):
            inside = posixpath.normpath(word)
            if inside not in self.project.files:
                raise PlanError(
                    f"{self.settings.source}: {self.settings.key('entrypoint')}: `{word}` is not"
                    " among the files that go into the image",
                    hint="name a file of the project; .dockerignore and `exclude` leave files out",
                )
            return (_PYTHON, inside)
        if "/" in word:
            return (posixpath.join(self.working_dir, posixpath.normpath(word)),)
        if re.fullmatch(r"python(3(\.\d+)?)?", word):
            return (_PYTHON,)
        return (f"{SITE}/bin/{word}",)

    def _root_of(self, words: Sequence[str]) -> str:
        for program in self.project.programs:
            if program.path in words and program.root != posixpath.dirname(program.path):
                return program.root
        return ""

    def from_script(self, script: ConsoleScript) -> Start:
        """Return the start by a console script of the project's own package."""
        several = len(self.project.scripts) > 1
        why = (
            "the script that is named like the project" if several else "the project's only script"
        )
        self.explained.add("entrypoint", script.name, why, script.evidence)
        application = next(iter(self.project.applications), None)
        module = script.target.partition(":")[0]
        path = next(
            (
                port.path
                for port in self.project.ports
                if module.replace(".", "/") in port.path.removesuffix(".py")
            ),
            "",
        )
        if application is not None and application.interface == "streamlit":
            application = None
        self._warn_of_local_host(path or module.replace(".", "/") + ".py")
        return Start(
            argv=(f"{SITE}/bin/{script.name}",),
            port=self._port(application, path),
            application=application,
            env=self._variable(path),
        )

    def is_beside(self, script: ConsoleScript, application: WebApplication | None) -> bool:
        """Tell whether *script* is a tool of the package that *application* is to be served of."""
        module = script.target.partition(":")[0]
        if application is None or _top(application.module) != _top(module):
            return False
        name = _plain(script.name)
        if name in (_plain(self.project.name.value), *_SERVING):
            return False
        path = module.replace(".", "/")
        return not any(path in port.path for port in self.project.ports)

    def first_application(self) -> WebApplication | None:
        """
        Return the likeliest application whose framework is installed, one with a server first.

        Others, in folders, are examples, or for another image. Of Django's two doors it is the one that has
        a server.
        """
        usable = [each for each in self.project.applications if self._is_installed(each)]
        return next(
            (each for each in usable if self._can_be_served(each)), next(iter(usable), None)
        )

    def tell_of_uninstalled(self) -> None:
        """Tell which application is not started, where there are such only."""
        for application in self.project.applications[:1]:
            framework = framework_named(application.framework)
            self.explained.notice(
                f"`{application.path}` is not started: {framework.title} is not among the"
                " dependencies",
                _how_to_add(self.project, _distribution(framework)),
                application.evidence,
            )

    def _is_installed(self, application: WebApplication) -> bool:
        """Tell whether the framework of *application* is installed, as far as that is known."""
        dependencies = self.project.dependencies
        if not dependencies.is_complete or dependencies.source in ("imports", "none"):
            return True
        if "/" not in application.path:
            # What stands at the top is no example: that it is not installed has to be told.
            return True
        name = _distribution(framework_named(application.framework))
        if dependencies.has(name):
            return True
        return application.interface in ("asgi", "wsgi") and (
            self._server_of(application) is not None
        )

    def _can_be_served(self, application: WebApplication) -> bool:
        if application.interface not in ("asgi", "wsgi"):
            return True
        return self._server_of(application) is not None

    def from_application(self, application: WebApplication) -> Start:
        """Return the start of a web application by its server, or as a script."""
        framework = framework_named(application.framework)
        others = [
            each
            for each in self.project.applications
            if each.path != application.path
            and not (each.framework.startswith("django") and framework.title == "Django")
        ]
        why = f"a {framework.title} application"
        if others:
            shown = ", ".join(f"`{each.path}`" for each in others[:3])
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            why += f"; also found: {shown}{more}"
            self.explained.notice(
                f"of several applications, `{application.path}` is what the image starts;"
                f" also found: {shown}{more}",
                f"name another one in `{self.settings.key('entrypoint')}`, or start it beside:"
                f" `{self.settings.key('workloads')}.NAME.command`",
                *(each.evidence for each in others[:3]),
            )
        if application.interface == "streamlit":
            return self._streamlit(application, why)
        if application.interface == "script":
            return self._served_by_script(application, framework, why)
        if application.interface not in ("asgi", "wsgi"):
            return self._by_own_command(application, framework, why)
        server = self._server(application)
        # What is written in the code is for a start from the code; ours names its own port.
        port = self._port(application, application.path)
        target = f"{application.module}:{application.name}"
        arguments = _server_arguments(server.name, application, target, port or framework.port)
        self.explained.add(
            "entrypoint",
            f"{server.name} {target}",
            f"{why}, served by `{server.name}`",
            application.evidence,
            server.evidence,
            practice="shell-form-command",
        )
        root = application.root
        env = {}
        if root or server.name not in _ADD_CURRENT_FOLDER:
            env = self._path_env(root)
        if server.name == "gunicorn":
            # Its control socket would go to the home folder, which cannot be written.
            env["XDG_RUNTIME_DIR"] = "/tmp"  # noqa: S108 (in the image)
        return Start(
            argv=(f"{SITE}/bin/{arguments[0]}", *arguments[1:]),
            port=port,
            application=application,
            env=env,
        )

    def _server_of(self, application: WebApplication) -> Dependency | None:
        """Return the server for *application* that is among the dependencies."""
        dependencies = self.project.dependencies
        wanted = _ASGI if application.interface == "asgi" else _WSGI
        found = dependencies.find(*wanted)
        if found is not None:
            return found
        return next((each for each in dependencies.providing if each.name in wanted), None)

    def _server(self, application: WebApplication) -> Dependency:
        found = self._server_of(application)
        if found is not None:
            return found
        dependencies = self.project.dependencies
        wanted = _ASGI if application.interface == "asgi" else _WSGI
        framework = framework_named(application.framework)
        if not dependencies.is_complete:
            self.explained.notice(
                f"whether `{wanted[0]}` is installed is known only when the project is built",
                f"if it is not, add `{wanted[0]}` to the dependencies",
                application.evidence,
            )
            return Dependency(name=wanted[0], extras=(), evidence=Evidence(dependencies.path))
        asgi = ", ".join(f"`{name}`" for name in wanted)
        other = dependencies.find(*SERVERS)
        unfit = f"; `{other.name}` does not serve {application.interface.upper()}" if other else ""
        raise PlanError(
            f"{application.evidence}: the {framework.title} application"
            f" `{application.module}:{application.name}` has no server:"
            f" none of {asgi} is among the dependencies{unfit}",
            hint=_how_to_add(self.project, wanted[0]),
        )

    def _streamlit(self, application: WebApplication, why: str) -> Start:
        self._require("streamlit", application)
        port = self._port(application, ".streamlit/config.toml")
        self.explained.add(
            "entrypoint", f"streamlit run {application.path}", why, application.evidence
        )
        return Start(
            argv=(
                f"{SITE}/bin/streamlit",
                "run",
                application.path,
                f"--server.address={_EVERYWHERE}",
                f"--server.port={port}",
                "--server.headless=true",
                "--server.fileWatcherType=none",
                "--browser.gatherUsageStats=false",
            ),
            port=port,
            application=application,
            env=self._script_env(application.root, application.path),
        )

    def _served_by_script(
        self, application: WebApplication, framework: Framework, why: str
    ) -> Start:
        """Return the start of a file that serves something itself."""
        if framework.requires:
            self._require(framework.requires, application)
        port = self._port(application, application.path)
        self._warn_of_local_host(application.path)
        env = {name: value.format(port=port) for name, value in framework.env}
        words: tuple[str, ...] = (_PYTHON, application.path)
        if application.path.endswith("/__main__.py"):
            words = (_PYTHON, "-m", application.module.removesuffix(".__main__"))
        started = " ".join(("python", *words[1:]))
        self.explained.add("entrypoint", started, why, application.evidence)
        if framework.name == "gradio":
            env["GRADIO_TEMP_DIR"] = "/tmp/gradio"  # noqa: S108 (in the image)
        return Start(
            argv=words,
            port=port,
            application=application,
            env=env
            | self._variable(application.path)
            | self._script_env(application.root, application.path),
        )

    def _by_own_command(self, application: WebApplication, framework: Framework, why: str) -> Start:
        """Return the start by the command that the framework brings along."""
        self._require(framework.requires, application)
        port = self._port(application, application.path) or framework.port
        arguments, env = _framework_arguments(application, port)
        self.explained.add(
            "entrypoint", " ".join(arguments[:3]), why, application.evidence,
            practice="shell-form-command",
        )  # fmt: skip
        if application.interface == "panel":
            self.explained.notice(
                "Panel answers browsers that come by `localhost` only",
                'name the host that they come by: `env = { BOKEH_ALLOW_WS_ORIGIN = "…" }`',
                application.evidence,
            )
        if application.module:
            env |= self._path_env(application.root)
        env |= {name: value.format(port=port) for name, value in framework.env}
        return Start(
            argv=(f"{SITE}/bin/{arguments[0]}", *arguments[1:]),
            port=port,
            application=application,
            env=env,
        )

    def _require(self, name: str, application: WebApplication) -> None:
        dependencies = self.project.dependencies
        if dependencies.has(name) or not dependencies.is_complete:
            return
        raise PlanError(
            f"{application.evidence}: `{application.path}` needs `{name}`,"
            " which is not among the dependencies",
            hint=_how_to_add(self.project, name),
        )

    def from_worker(self, worker: Worker) -> Start:
        """Return the start of a worker, where it is all that there is."""
        argv = worker_command(worker, 1)
        if worker.is_script:
            argv, _ = program_words(self.project, worker, self.working_dir)
        self.explained.add(
            "entrypoint",
            " ".join((posixpath.basename(argv[0]), *argv[1:4])),
            "a worker, and nothing else that serves",
            worker.evidence,
        )
        return Start(argv=argv, worker=worker, env=worker_env(worker, self.working_dir))

    def from_training(self, training: Training) -> Start:
        """Return the start of a training, where it is all that there is."""
        known = (it for it in self.project.programs if it.path == training.path)
        program = Program(
            path=training.path,
            root=training.root,
            module=training.module,
            evidence=training.evidence,
        )
        return self.from_program(next(known, program), training=training)

    def from_notebooks(self) -> Start:
        """Return the start of JupyterLab, where there are notebooks only."""
        first = self.project.notebooks[0]
        self.explained.add(
            "entrypoint", "jupyter lab", "there are notebooks only", Evidence(first.path)
        )
        return Start(
            argv=jupyter_command(self.working_dir),
            port=self._asked_port() or JUPYTER_PORT,
            is_notebook=True,
            env=dict(JUPYTER_ENV),
        )

    def from_program(self, program: Program, *, training: Training | None = None) -> Start:
        """Return the start of a Python file."""
        if training is None:
            training = next((it for it in self.project.trainings if it.path == program.path), None)
        why = "the file that is meant to be started" if training is None else "it trains a model"
        port = self._asked_port() or self._found_port(program.path)
        self._warn_of_local_host(program.path)
        words, env = program_words(self.project, program, self.working_dir)
        self.explained.add("entrypoint", " ".join(("python", *words[1:])), why, program.evidence)
        known = (it for it in self.project.workers if it.is_script and it.path == program.path)
        return Start(
            argv=words,
            port=port,
            worker=next(known, None),
            training=training,
            program=program,
            env=self._variable(program.path) | env,
        )

    def _script_env(self, root: str, path: str) -> dict[str, str]:
        """Return PYTHONPATH where a script's imports are not meant from its own folder."""
        return {} if root == posixpath.dirname(path) else self._path_env(root)

    def _path_env(self, root: str) -> dict[str, str]:
        return _path_env(self.project, root, self.working_dir)

    def _asked_port(self) -> int | None:
        if self.settings.port is not None:
            self.explained.from_settings("port", str(self.settings.port))
        return self.settings.port

    def _port(self, application: WebApplication | None, path: str) -> int | None:
        return self._asked_port() or self._port_number(application, path)

    def _port_number(self, application: WebApplication | None, path: str) -> int | None:
        """Return the port that the code names, else the framework's."""
        found = self._found_port(path)
        if found is not None or application is None:
            return found
        framework = framework_named(application.framework)
        self.explained.add("port", str(framework.port), f"usual for {framework.title}")
        return framework.port

    def _found_port(self, path: str) -> int | None:
        """Return the port in the file *path*, else the only one that the project names."""
        ports = self.project.ports
        mine = [port for port in ports if port.path == path]
        if not mine:
            served = {each.path for each in self.project.applications} - {path}
            others = [port for port in ports if port.path not in served]
            mine = others if len({port.number for port in others}) == 1 else []
        if not mine:
            return None
        self.explained.add("port", str(mine[0].number), "named by the project", mine[0].evidence)
        return mine[0].number

    def _variable(self, path: str) -> dict[str, str]:
        """Return the environment variable that a script reads its port from."""
        read: list[Port] = [port for port in self.project.ports if port.variable]
        mine = [port for port in read if port.path == path]
        if not mine or self.settings.port is None:
            return {}
        return {mine[0].variable: str(self.settings.port)}

    def _warn_of_local_host(self, path: str) -> None:
        for host in self.project.local_hosts:
            if host.evidence.path.endswith(path):
                self.explained.notice(
                    f"`{host.evidence.path}` listens on {host.value}, which nothing outside the"
                    " container reaches",
                    'listen on "0.0.0.0" there',
                    host.evidence,
                )


def program_words(
    project: Project, program: Program | Training | Worker, working_dir: str
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the command that starts a Python file, and the variables by which it finds its own."""
    package, _, name = program.path.rpartition("/")
    is_file = program.path in project.files
    if (name == "__main__.py" and package) or not is_file:
        module = program.module.removesuffix(".__main__")
        env = _path_env(project, program.root, working_dir) if is_file and program.root else {}
        return (_PYTHON, "-m", module), env
    if program.root == posixpath.dirname(program.path):
        return (_PYTHON, program.path), {}
    return (_PYTHON, program.path), _path_env(project, program.root, working_dir)


def _path_env(project: Project, root: str, working_dir: str) -> dict[str, str]:
    if project.package is not None and root == "src":
        return {}
    return {"PYTHONPATH": posixpath.join(working_dir, root).rstrip("/")}


def _server_arguments(
    server: str, application: WebApplication, target: str, port: int
) -> tuple[str, ...]:
    """Return the command line of *server*; one process, since a container is scaled from outside."""
    everywhere = f"{_EVERYWHERE}:{port}"
    is_factory = application.is_factory
    match server:
        case "uvicorn":
            factory = ("--factory",) if is_factory else ()
            return ("uvicorn", target, *factory, "--host", _EVERYWHERE, "--port", str(port))
        case "gunicorn":
            return (
                "gunicorn",
                f"{target}()" if is_factory else target,
                "--bind",
                everywhere,
                "--worker-tmp-dir",
                "/dev/shm",  # noqa: S108 (a heartbeat file on a disk can block the worker)
                "--workers",
                "1",
                "--threads",
                "4",
                "--timeout",
                "120",
            )
        case "hypercorn":
            return ("hypercorn", f"{target}()" if is_factory else target, "--bind", everywhere)
        case "waitress":
            call = ("--call",) if is_factory else ()
            return ("waitress-serve", f"--listen={everywhere}", *call, target)
        case _:
            factory = ("--factory",) if is_factory else ()
            interface = ("--interface", application.interface)
            return (
                "granian",
                *interface,
                *factory,
                "--host",
                _EVERYWHERE,
                "--port",
                str(port),
                target,
            )


def _framework_arguments(
    application: WebApplication, port: int
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the command line of the framework that serves *application*, and what it needs."""
    target = f"{application.module}:{application.name}"
    path = application.path
    number = str(port)
    where: tuple[str, ...] = ("--host", _EVERYWHERE, "--port", number)
    env: dict[str, str] = {}
    match application.interface:
        case "bentoml":
            env = {"BENTOML_HOME": "/tmp/bentoml", "BENTOML_DO_NOT_TRACK": "True"}  # noqa: S108
            return ("bentoml", "serve", target, *where), env
        case "ray":
            return ("serve", "run", target), {"RAY_TMPDIR": "/tmp/ray"}  # noqa: S108
        case "mlflow":
            where = (*where, "--env-manager", "local")
            return ("mlflow", "models", "serve", "--model-uri", path, *where), env
        case "sanic":
            factory = ("--factory",) if application.is_factory else ()
            return ("sanic", target, *factory, *where, "--single-process"), env
        case "aiohttp":
            bind = ("--bind", f"{_EVERYWHERE}:{port}", "--worker-tmp-dir", "/dev/shm")  # noqa: S108
            env = {"XDG_RUNTIME_DIR": "/tmp"}  # noqa: S108
            kind = ("--worker-class", "aiohttp.GunicornWebWorker")
            return ("gunicorn", target, *bind, *kind, "--timeout", "120"), env
        case "panel":
            where = ("--address", _EVERYWHERE, "--port", number)
            return ("panel", "serve", path, *where, "--liveness"), env
        case "chainlit":
            # It keeps files beside its configuration, by default in the working directory.
            env = {"CHAINLIT_APP_ROOT": "/tmp/chainlit"}  # noqa: S108
            return ("chainlit", "run", path, *where, "--headless"), env
        case "marimo":
            return ("marimo", "run", path, *where, "--headless", "--no-token"), env
        case _:
            return ("mlserver", "start", path), env


def _port_in(words: Sequence[str]) -> int | None:
    """Return the port in a command line: `--port 80`, `-p 80`, `--bind 0.0.0.0:80`."""
    for before, word in zip(("", *words), words, strict=False):
        option, _, value = word.partition("=")
        if not value:
            option, value = before, word
        if option in ("--port", "-p", "--server.port"):
            match = re.fullmatch(r"\d{1,5}", value)
        elif option in ("--bind", "-b", "--listen"):
            match = re.search(r"(?<=:)\d{1,5}$", value)
        else:
            continue
        if match and 0 < int(match[0]) < 65536:
            return int(match[0])
    return None


def _distribution(framework: Framework) -> str:
    """Return the distribution that *framework* comes from."""
    if framework.requires:
        return framework.requires
    return normalised(framework.makers[0].partition(".")[0])


def _how_to_add(project: Project, name: str) -> str:
    found = project.dependencies
    match found.source:
        case "uv.lock" | "pyproject" | "pylock.toml":
            return f"add it: `uv add {name}`; or set `entrypoint`"
        case "poetry.lock" | "pdm.lock":
            return f"add it: `{TOOLS[found.source]} add {name}`; or set `entrypoint`"
        case "Pipfile.lock":
            return f"add it: `pipenv install {name}`; or set `entrypoint`"
        case "none" | "imports":
            return f"list `{name}` in `requirements.txt` or `pyproject.toml`, or set `entrypoint`"
        case _:
            return f"add `{name}` to `{found.path}`, or set `entrypoint`"
