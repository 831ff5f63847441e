"""The stages that only build: nothing of them but their results gets into an image."""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.plan.model import SITE
from boxwright.render.dockerfile.debian import apt_install, shell_user, unpacked_libraries
from boxwright.render.dockerfile.frame import Frame
from boxwright.render.dockerfile.instruction import (
    Instruction,
    Stage,
    argument,
    assignments,
    copy,
    environment,
    mount,
    plain,
    run,
    script,
    stage,
)

_HASHED = "--invalidation-mode unchecked-hash"


def building_stages(frame: Frame) -> Iterator[Stage]:
    """Yield all of them in the order in which they need each other."""
    if frame.images.runtime:
        comment = "What the image of the service stands on."
        yield stage("base", frame.base, comment=comment)
    yield _python(frame)
    yield _build(frame)
    installer = frame.installer
    if installer.locked is not None:
        yield stage("locked", "build", installer.locked)
    yield _dependencies(frame)
    if frame.builds_packages:
        yield _project(frame)
    if frame.files:
        yield stage(
            "sources",
            "build",
            *(frame.copied(each) for each in frame.files),
            comment="What the service runs, by name: no `COPY . .` takes a secret along.",
        )
        yield _application(frame)
    if frame.is_distroless:
        if frame.has_bytecode:
            yield _library(frame)
        if frame.plan.system_packages:
            yield unpacked_libraries(frame.plan.system_packages)
    if frame.directories:
        yield _directories(frame)
    yield _system(frame)


def _directories(frame: Frame) -> Stage:
    """Return the folders where volumes are mounted, which a new volume takes its owner from."""
    folders = [
        f"/directories/{target}{folder}"
        for target, inside in frame.directories.items()
        for folder in inside
    ]
    owner, _, group = frame.user.partition(":")
    install = ("install", "--directory", f"--owner={owner}", f"--group={group or owner}")
    return stage(
        "directories",
        "python",
        run((*install, "--mode=0775", *folders)),
        comment=(
            "A new volume takes over the owner of the folder that it is mounted on: without one it"
            " would be root's, and nobody could write to it."
        ),
    )


def _python(frame: Frame) -> Stage:
    """Return the public Python image, with the interpreter where the last stage has it."""
    instruction: Instruction | None = None
    if frame.python_in_usr:
        where = "Distroless" if frame.is_distroless else "The last stage"
        instruction = run(
            script(
                "for folder in bin lib; do",
                f'    test -e "/usr/$folder/{frame.python}"',
                f'    || ln --symbolic "/usr/local/$folder/{frame.python}" "/usr/$folder/";',
                "done",
            )
        ).because(f"{where} has Python in /usr; {SITE} refers to it there, and works in both.")
    elif frame.has_bytecode:
        library = "import sysconfig; print(sysconfig.get_path('stdlib'))"
        instruction = run(
            script(
                f"{frame.python} -m compileall -q {_HASHED} -x '/(site|dist)-packages/'",
                f'    "$({frame.python} -c "{library}")"',
            )
        ).because(
            "The public image has the standard library without byte code: each start and each"
            " health check would compile what it imports."
        )
    return stage(
        "python",
        frame.python_image,
        instruction,
        comment="The Python that builds, and that the targets with a shell have.",
    )


def _build(frame: Frame) -> Stage:
    """Return the tools of the build, and the empty environment."""
    pairs = {
        "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
        "UV_LINK_MODE": "copy",
        "UV_PROJECT_ENVIRONMENT": SITE,
        "UV_PYTHON_DOWNLOADS": "never",
        "VIRTUAL_ENV": SITE,
    }
    reason = (
        "Certificates are those of the base, an authority of your own among them. The cache is"
        " another file system: files are copied out of it."
    )
    if frame.has_bytecode:
        pairs |= {"PYC_INVALIDATION_MODE": "UNCHECKED_HASH", "UV_COMPILE_BYTECODE": "1"}
        reason += (
            " Byte code is made here, as a read-only root keeps none, and is never compared with"
            " its source again: imports start sooner, and each build makes the same."
        )
    wanted = f"/usr/bin/{frame.python}" if frame.python_in_usr else frame.python
    packages = frame.plan.build_packages
    return stage(
        "build",
        "python",
        copy(["/uv", "/uvx"], "/usr/local/bin/", stage=frame.around.pinned(frame.images.uv)),
        environment(sorted(pairs.items())).because(reason),
        plain("WORKDIR", frame.place.working_dir),
        apt_install(packages, "For what has no wheel; compilers stay in this stage.")
        if packages
        else None,
        run(("uv", "venv", "--quiet", "--python", wanted, SITE)),
        comment="Tools of the build: nothing of this stage but its results gets into an image.",
    )


def _dependencies(frame: Frame) -> Stage:
    return stage(
        "dependencies",
        "build",
        frame.installer.install,
        comment=(
            "The dependencies, from manifests alone: a change of code leaves them as they are. The"
            " cache of downloads and the credentials of a private index are in no layer."
        ),
    )


def _project(frame: Frame) -> Stage:
    """Return the project's own wheel, and those beside it, in an environment with nothing else."""
    before: list[Instruction] = []
    if not frame.plan.version:
        version = argument("VERSION", "0.0.0").because(
            "The version is in the history of the repository, which is not here."
        )
        names = ("PDM_BUILD_SCM_VERSION", "SETUPTOOLS_SCM_PRETEND_VERSION")
        before = [version, assignments("ENV", (), ((name, "${VERSION}") for name in names))]
    return stage(
        "project",
        "build",
        *before,
        frame.installer.project,
        comment=(
            f"{_what_is_built(frame)} a layer of {'its' if frame.installs_project else 'their'} own,"
            " so that a change of code replaces kilobytes. What building writes beside the code is"
            " discarded."
        ),
    )


def _what_is_built(frame: Frame) -> str:
    if not frame.plan.dependencies.packages:
        return "The project itself is"
    if frame.installs_project:
        return "The project itself, with the packages of this repository that it needs, is"
    return "The packages of this repository that the project needs are"


def _application(frame: Frame) -> Stage:
    """Return the application's files as they are in the image."""
    readable = ("chmod", "--recursive", "u=rwX,go=rX", frame.app)
    has_modules = any(path.endswith(".py") for path in frame.plan.application.files)
    if not frame.has_bytecode or not has_modules:
        return stage(
            "application", "sources", run(readable).because("Readable whatever the umask was.")
        )
    compiled = script(
        f"{{ {frame.python} -m compileall -q {_HASHED} {frame.app}",
        "    || echo 'not all files are Python for this version'; }",
    )
    return stage(
        "application",
        "sources",
        run(readable, compiled).because("Readable whatever the umask was, and compiled."),
    )


def _library(frame: Frame) -> Stage:
    """Return the byte code of the standard library, which distroless leaves out."""
    library = f"/usr/lib/{frame.python}"
    return stage(
        "library",
        "python",
        run(
            ("mkdir", "--parents", "/library/usr/lib"),
            script(
                f"if ! test -d /base/{frame.python}/__pycache__; then",
                f"    cp --recursive /base/{frame.python} /library/usr/lib/",
                f"    && {frame.python} -m compileall -q {_HASHED} -s /library /library{library}",
                "    && find /library -type f ! -name '*.pyc' -delete",
                "    && find /library -type l -delete;",
                "fi",
            ),
            mounts=[mount("bind", from_="base", source="/usr/lib", target="/base")],
        ),
        comment=(
            "Distroless has the standard library without byte code: each start and each health"
            " check would compile what it imports. It is made here, of the base's own sources."
        ),
    )


def _system(frame: Frame) -> Stage:
    """Return what has a shell, with the user and the libraries of the image."""
    packages = frame.plan.system_packages
    reason = "Libraries that the wheels load and the base lacks."
    if frame.lacks_python:
        packages = ("ca-certificates", frame.python, *packages)
        reason = "Python of the distribution, and what the wheels load."
    user = shell_user(frame.user, dict(frame.plan.process.env))
    stands_on = "base" if frame.images.runtime and not frame.is_distroless else "python"
    return stage(
        "system",
        stands_on,
        apt_install(packages, reason) if packages else None,
        user.because("A number that is not root's: Kubernetes can check it.") if user else None,
        comment="What targets with a shell stand on.",
    )
