"""What is known of the image that a stage is built on: facts from a table, and its tag's grammar."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from datetime import date


class End(NamedTuple):
    """The day from which something gets no security updates any more."""

    what: str
    """`Debian 10`, `Python 3.8`."""
    on: date


class BaseFacts(NamedTuple):
    """What an image brings, as far as the table and the tag say it; None where they do not."""

    family: str
    """
    `python`, `debian`, `ubuntu`, `alpine`, `redhat`, `cuda`, `pytorch`, `tensorflow`,
    `nvidia-ngc`, `rocm`, `intel`, `jupyter`, `conda`, `distroless`, `chainguard`, `uv`,
    `lambda`, `vllm`, `huggingface`, `node`, `redis`, `postgres`, `nginx`, …
    """
    official: bool
    """Whether it is published by those who make the software, or by Docker for them."""
    libc: str | None = None
    """`glibc` or `musl`."""
    distribution: str | None = None
    """`debian:12`, `alpine:3.20`; only `alpine:` where the release is not known."""
    user: str | None = None
    """Who runs by default, as in its config: `root`, `1000`, `jovyan`."""
    user_name: str | None = None
    """The name of that user where *user* is a number."""
    workdir: str | None = None
    programs: frozenset[str] = frozenset()
    """Those of the table's watched programs that are there: see `has_program`."""
    python: str | None = None
    """The version of the Python that it is about, as exact as the tag: `3.11`, `3.11.9`."""
    cuda: str | None = None
    """Version of the CUDA libraries in it, as exact as the tag: `12.4`, `12.4.1`."""
    cuda_flavour: str | None = None
    """`base` (no libraries but libcudart), `runtime` or `devel`."""
    cudnn: bool = False
    bundles: frozenset[str] = frozenset()
    """Distributions installed in it that matter: `torch`, `tensorflow`, `jupyter`, `vllm`."""
    environment: Mapping[str, str] = {}
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    healthcheck: bool = False
    """Whether it has one of its own."""
    kind: str = ""
    """What it runs by itself: `service`, `notebook`; empty where that is for others to say."""
    server: str = ""
    """The server that it runs by itself, as in the table of servers."""
    is_slim: bool = False
    size_mb: int | None = None
    """Compressed, on amd64, roughly, in units of 10^6 bytes."""
    ends: tuple[End, ...] = ()
    """When its parts are not kept up any more, the earliest first."""
    retired: date | None = None
    """Since when the repository itself is not kept up."""
    retired_why: str = ""
    replaced_by: str = ""
    """What its repository's name begins with now."""
    unsure: frozenset[str] = frozenset()
    """Programs of which it is not known whether they are there; `*` is all the others."""

    @property
    def end_of_life(self) -> date | None:
        """The first day on which some part of it is not kept up."""
        days = [end.on for end in self.ends]
        if self.retired:
            days.append(self.retired)
        return min(days, default=None)

    def has_program(self, name: str) -> bool | None:
        """
        Tell whether the program *name* is in the image; None where that is not known.

        False is only said of the programs that the table watches.
        """
        if name in self.programs:
            return True
        if name in self.unsure or "*" in self.unsure or name not in _table().watched:
            return None
        return False


class Suggestion(NamedTuple):
    """A tag that names one release."""

    tag: str
    as_of: date
    """The day of the table that it comes from."""
    is_same: bool
    """Whether it is what the tag stood for on that day; else it is another that is kept up."""


class BaseImage:
    """
    An image reference of a FROM, taken apart, with what is known of the image.

    >>> image = BaseImage("nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04")
    >>> image.facts.cuda, image.facts.cuda_flavour, image.facts.distribution
    ('12.4.1', 'devel', 'ubuntu:22.04')
    """

    def __init__(self, reference: str | None) -> None:
        self.reference = reference
        """As resolved; None where it depends on an ARG that has no value."""
        name, _, digest = (reference or "").strip().partition("@")
        self.digest = digest
        """`sha256:…`, or empty."""
        tag = ""
        if name.rfind(":") > name.rfind("/"):
            name, _, tag = name.rpartition(":")
        self.tag = tag
        """Empty where there is none, which means `latest` unless there is a digest."""
        registry, slash, repository = name.partition("/")
        is_host = slash and (
            "." in registry or ":" in registry or registry in {"localhost", registry.upper()}
        )
        if not is_host:
            registry, repository = "docker.io", name
        elif registry in {"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}:
            registry = "docker.io"
        self.registry = registry
        """The host: `docker.io` where none is written."""
        if registry == "docker.io":
            repository = repository.removeprefix("library/")
        self.repository = repository
        """Without `library/`: `python`, `nvidia/cuda`."""

    def __repr__(self) -> str:
        """Return it as an expression."""
        return f"BaseImage({self.reference!r})"

    @property
    def is_scratch(self) -> bool:
        """Whether there is no image at all."""
        return self.reference == "scratch"

    @property
    def name(self) -> str:
        """Registry and repository as people write them: `python`, `quay.io/jupyter/…`."""
        return (
            self.repository
            if self.registry == "docker.io"
            else (f"{self.registry}/{self.repository}")
        )

    @cached_property
    def facts(self) -> BaseFacts | None:
        """What is known of it; None if nothing is, or if it has no name yet."""
        if self.reference is None or self.is_scratch or not self.repository:
            return None
        row = self._row
        return None if row is None else _facts(row, self, self.parts)

    @cached_property
    def parts(self) -> TagParts:
        """What the words of the tag are."""
        return tag_parts(self.tag)

    @property
    def is_pinned(self) -> bool:
        """Whether a digest says which image it is."""
        return bool(self.digest)

    @cached_property
    def exactness(self) -> str:
        """
        How far the tag names one release: `none`, `partial` or `exact`.

        `latest` and `nightly` are none, `3.12` is partial for Python, `3.12.4` exact. Even an
        exact tag may be pushed again; only a digest cannot. For an image that is not in
        the table three numbers are exact.
        """
        if self.digest:
            return "exact"
        parts = self.parts
        if parts.date or parts.commit:
            return "exact"
        row = self._row
        wanted = int(row.get("parts", 3)) if row else 3
        version = parts.version
        if not version and row and row.get("version") == "distribution" and parts.distribution:
            is_named = parts.words.isdisjoint(_MOVING_SUITES)
            return "partial" if is_named else "none"  # `debian:bookworm`, `debian:stable`
        if not version:
            return "partial" if parts.python or parts.cuda else "none"
        return "exact" if version.count(".") + 1 >= wanted or parts.is_long else "partial"

    @property
    def is_moving(self) -> bool:
        """Whether another image may stand behind the same tag tomorrow as a matter of course."""
        return self.reference is not None and not self.is_scratch and self.exactness != "exact"

    @cached_property
    def moving_word(self) -> str:
        """
        The word of its tag that says that others will follow: `latest`, `nightly`, `stable`.

        Empty where there is none, or where a version, day or commit stands beside it.
        """
        parts = self.parts
        if self.digest or parts.version or parts.date or parts.commit:
            return ""
        words = self.tag.lower().split("-")
        return next((word for word in words if word in _MOVING or word in _MOVING_SUITES), "")

    @cached_property
    def slim(self) -> BaseImage | None:
        """The same release in its small variant, None where that is not known to be smaller."""
        facts = self.facts
        if facts is None or facts.is_slim or facts.size_mb is None:
            return None
        words = [word for word in self.tag.split("-") if word not in ("", "latest")]
        if not words and facts.family not in ("python", "node"):
            return None
        # `3.12-slim-bookworm`, but `22-bookworm-slim`.
        has_suite = bool(words) and words[-1].isalpha() and words[-1] != "rc"
        before = facts.family == "python" and has_suite
        words.insert(len(words) - 1 if before else len(words), "slim")
        image = BaseImage(f"{self.name}:{'-'.join(words)}")
        small = image.facts
        if small is None or not small.is_slim or small.size_mb is None:
            return None
        return image if small.size_mb < facts.size_mb else None

    @cached_property
    def successor(self) -> BaseImage | None:
        """
        The same image where it is kept up: on a newer distribution, or in another registry.

        None where the table does not know one, or the tag is so exact that it may not be
        there.
        """
        row, facts = self._row, self.facts
        if row is None or facts is None or self.digest or self.exactness == "exact":
            return None
        if facts.replaced_by:
            last = self.repository.rpartition("/")[2]
            if self.tag and not self.moving_word:
                return None
            return BaseImage(f"{facts.replaced_by}{last}" + (f":{self.tag}" if self.tag else ""))
        suite = _python_suite(row, self.parts.version) if self.parts.version else None
        codename = _codename(suite)
        names = _distribution_of_word()
        words = [codename if word in names else word for word in self.tag.split("-")]
        if not codename or codename not in words or "-".join(words) == self.tag:
            return None
        return BaseImage(f"{self.name}:{'-'.join(words)}")

    @cached_property
    def suggestion(self) -> Suggestion | None:
        """A tag that names one release, None where the table has none or the tag is exact."""
        row = self._row
        if row is None or "exact" not in row or not self.is_moving:
            return None
        parts = self.parts
        prefix = f"{parts.version}." if parts.version else ""
        exact = next(
            (release for release in row["exact"] if release.startswith(prefix) or not prefix), None
        )
        if exact is None:
            return None
        is_same = bool(parts.version)
        if not parts.version:
            exact = str(row.get("recommended", exact))
        words = [word for word in self.tag.split("-") if word and word != parts.version]
        words = [word for word in words if word not in _MOVING]
        suite = self.facts.distribution if self.facts else None
        if row["family"] == "python" and not parts.distribution and suite and is_same:
            suite = _python_suite(row, exact)
            codename = _codename(suite)
            if codename:
                words.append(codename)
        return Suggestion("-".join([exact, *words]), _table().as_of, is_same)

    @cached_property
    def _row(self) -> Mapping[str, Any] | None:
        return _table().find(self.name) if self.reference and not self.is_scratch else None


class TagParts(NamedTuple):
    """The words of a tag, told apart."""

    version: str = ""
    """The first number, without `v`: `12.4.1`."""
    words: frozenset[str] = frozenset()
    """All words; `alpine3.20` also counts as `alpine`, `cudnn9` as `cudnn`."""
    distribution: str = ""
    """`debian:bookworm`, `ubuntu:22.04`, `alpine:3.20`, or `alpine:`."""
    python: str = ""
    cuda: str = ""
    cudnn: bool = False
    date: str = ""
    commit: str = ""
    """The abbreviated hash of a commit."""
    is_long: bool = False
    """Whether the version carries a release suffix, `rc1` or `+build`."""


_MOVING = frozenset(
    {
        "latest", "stable", "nightly", "main", "master", "edge", "dev", "develop", "devel-latest",
        "head", "trunk", "canary", "rolling", "testing", "unstable", "preview", "snapshot", "next",
    }
)  # fmt: skip
_MOVING_SUITES = frozenset({"stable", "oldstable", "oldoldstable", "testing", "sid", "rolling"})
_CODENAMES = {
    "debian": (
        "stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "oldstable",
        "oldoldstable", "stable", "sid",
    ),
    "ubuntu": (
        "trusty", "xenial", "bionic", "focal", "jammy", "lunar", "mantic", "noble", "oracular",
        "plucky", "questing",
    ),
}  # fmt: skip


@functools.cache
def _distribution_of_word() -> dict[str, str]:
    return {name: f"{of}:{name}" for of, names in _CODENAMES.items() for name in names}


@functools.cache
def _word_forms() -> tuple[re.Pattern[str], ...]:
    return (
        re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){0,5})([a-z+_.][a-z0-9+_.]*)?"),
        re.compile(
            r"(ubuntu|debian|alpine|ubi|rockylinux|rocky|centos|fedora|almalinux|el|al)(\d[\d.]*)"
        ),
        re.compile(r"(?:py|python)(\d(?:\.\d{1,2}){0,2}|\d{2,3})"),
        re.compile(r"(?:cuda|cu)(\d{1,3}(?:\.\d{1,2}){0,2})(?:cudnn\d*)?"),
        re.compile(r"(?:20\d\d(?:0[1-9]|1[0-2])[0-3]\d)(?:\.\d+)?"),
        re.compile(r"(?:sha|git|g)?_?([0-9a-f]{7,40})"),
        re.compile(r"(?:^|-)(20\d\d-[01]\d-[0-3]\d)(?=-|$)"),
    )


_SHORT_NAMES = {"rocky": "rockylinux", "el": "redhat", "al": "amazonlinux"}


def tag_parts(tag: str) -> TagParts:
    """
    Return what the words of *tag* are.

    >>> parts = tag_parts("2.6.0-cuda12.4-cudnn9-runtime")
    >>> parts.version, parts.cuda, parts.cudnn
    ('2.6.0', '12.4', True)
    """
    version_form, distribution_form, python_form, cuda_form, day_form, commit_form, date_form = (
        _word_forms()
    )
    version = distribution = python = cuda = date = commit = ""
    cudnn = is_long = False
    dated = date_form.search(tag)
    if dated:
        date = dated[1]
        tag = tag[: dated.start()] + tag[dated.end() :]
    words: set[str] = set()
    names = _distribution_of_word()
    previous = ""
    for word in tag.lower().split("-"):
        words.add(word)
        if match := distribution_form.fullmatch(word):
            name = _SHORT_NAMES.get(match[1], match[1])
            distribution = f"{name}:{match[2]}"
            words.add(match[1])
        elif word in names:
            distribution = names[word]
        elif word == "alpine":
            distribution = "alpine:"
        elif match := cuda_form.fullmatch(word):
            cuda = _dotted(match[1])
            words.add("cuda")
            cudnn = cudnn or "cudnn" in word
        elif word.startswith("cudnn"):
            cudnn = True
            words.add("cudnn")
        elif match := python_form.fullmatch(word):
            python = _dotted_python(match[1])
            words.add("python")
        elif previous in {"python", "py"} and (match := version_form.fullmatch(word)):
            python = match[1]
        elif day_form.fullmatch(word):
            date = date or word
        elif match := version_form.fullmatch(word):
            if not version:
                version = match[1]
                is_long = bool(match[2])
        elif (match := commit_form.fullmatch(word)) and any(sign.isdigit() for sign in match[1]):
            commit = match[1]
        previous = word
    return TagParts(
        version, frozenset(words), distribution, python, cuda, cudnn, date, commit, is_long
    )


def _dotted(digits: str) -> str:
    """
    Return the version that *digits* abbreviate.

    >>> _dotted("124"), _dotted("12"), _dotted("12.4.1")
    ('12.4', '12', '12.4.1')
    """
    if "." in digits or len(digits) < 3:
        return digits
    return f"{digits[:-1]}.{digits[-1]}"


def _dotted_python(digits: str) -> str:
    """
    Return the version that *digits* abbreviate.

    >>> _dotted_python("311"), _dotted_python("3"), _dotted_python("3.11")
    ('3.11', '3', '3.11')
    """
    return digits if "." in digits or len(digits) < 2 else f"{digits[0]}.{digits[1:]}"


class _Table:
    """The tables of images and lifetimes, indexed by name."""

    def __init__(self) -> None:
        import tomllib

        folder = Path(__file__).with_name("data")
        document = tomllib.loads((folder / "base_images.toml").read_text(encoding="utf-8"))
        self.as_of: date = document["as_of"]
        self.watched = frozenset(document["watched"])
        self.sets: Mapping[str, list[str]] = document["sets"]
        self.exact: dict[str, Mapping[str, Any]] = {}
        self.prefixes: list[tuple[str, Mapping[str, Any]]] = []
        for row in document["images"]:
            for name in row["names"]:
                if name.endswith("*"):
                    self.prefixes.append((name[:-1], row))
                else:
                    self.exact.setdefault(name, row)

    def find(self, name: str) -> Mapping[str, Any] | None:
        """Return the row of the repository *name*."""
        row = self.exact.get(name)
        if row is None:
            row = next((row for prefix, row in self.prefixes if name.startswith(prefix)), None)
        return row


@functools.cache
def _table() -> _Table:
    return _Table()


@functools.cache
def _lifetimes() -> Mapping[str, Any]:
    import tomllib

    text = (Path(__file__).with_name("data") / "lifetimes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def end_of_life(what: str, version: str) -> End | None:
    """
    Return when *version* of *what* stops getting updates, None where that is not known.

    *what* is a distribution's name, `python` or `cuda`; *version* may be more exact than
    the releases are.

    >>> end_of_life("debian", "10").on.isoformat()
    '2024-06-30'
    """
    table = _lifetimes().get(what)
    if not table or not version:
        return None
    version = table.get("names", {}).get(version, version)
    ends = table["ends"]
    parts = version.split(".")
    for length in range(len(parts), 0, -1):
        release = ".".join(parts[:length])
        if release in ends:
            return End(f"{table['title']} {release}", ends[release])
    return None


def regular_support_end(distribution: str) -> date | None:
    """
    Return when regular support of *distribution* ended or ends, before its long-term support.

    Known for Debian only: `regular_support_end("debian:12")`.
    """
    name, _, version = distribution.partition(":")
    table = _lifetimes().get(name, {})
    found: date | None = table.get("regular", {}).get(version.partition(".")[0])
    return found


def _codename(distribution: str | None) -> str:
    name, _, version = (distribution or "").partition(":")
    names: Mapping[str, str] = _lifetimes().get(name, {}).get("names", {})
    return next((code for code, number in names.items() if number == version), "")


def _numbered(distribution: str) -> str:
    """Return *distribution* with the number of its release: `debian:bookworm` is `debian:12`."""
    name, _, version = distribution.partition(":")
    names: Mapping[str, str] = _lifetimes().get(name, {}).get("names", {})
    return f"{name}:{names.get(version, version)}"


def _python_suite(row: Mapping[str, Any], version: str) -> str | None:
    """Return the distribution that the tag *version* without a suite stands on."""
    parts = version.split(".")
    steps: list[list[Any]] = row.get("suites", {}).get(".".join(parts[:2]), [])
    if len(parts) < 3:
        return str(steps[-1][1]) if steps else None
    if not parts[2].isdigit():
        return None
    patch = int(parts[2])
    found = None
    for number, (first, suite) in enumerate(steps):
        if first <= patch:
            found = str(suite)
        elif number and patch == first - 1:
            # Whether the last release before a change was built again is not known.
            return None
    return found


def _programs(names: list[str], sets: Mapping[str, list[str]]) -> set[str]:
    return {
        program
        for name in names
        for program in ((name[1:],) if name.startswith("+") else sets[name])
    }


def _facts(row: Mapping[str, Any], image: BaseImage, parts: TagParts) -> BaseFacts | None:
    table = _table()
    values = dict(row)
    added: set[str] = set()
    for case in row.get("when", ()):
        wanted = case.get("words") or [case["word"]]
        if all(word in parts.words for word in wanted):
            if case.get("unknown"):
                return None
            values.update(case)
            added |= _programs(case.get("add", []), table.sets)
    meaning = row.get("version")
    python = parts.python or (parts.version if meaning == "python" else "")
    cuda = parts.cuda or (parts.version if meaning == "cuda" else "")
    release = ".".join(parts.version.split(".")[:2])
    cuda = cuda or values.get("cuda_of", {}).get(release, "")
    distribution = _distribution(values, image, parts)
    if not python and "/python-" in image.repository:
        python = _dotted_python(image.repository.rpartition("/python-")[2])
    python = python or values.get("distribution_pythons", {}).get(distribution, "")
    bundles = set(values.get("bundles", ()))
    last = image.repository.rpartition("/")[2]
    if "*" in bundles:
        bundles = {last}
    bundles.update(values.get("names_bundle", {}).get(last, ()))
    ends = [
        end
        for end in (
            end_of_life(*(distribution or "").partition(":")[::2]),
            end_of_life("python", python) if python else None,
            end_of_life("cuda", cuda) if cuda and meaning == "cuda" else None,
        )
        if end is not None
    ]
    return BaseFacts(
        family=row["family"],
        official=bool(row.get("official")),
        libc=values.get("libc"),
        distribution=distribution or None,
        user=values.get("user"),
        user_name=values.get("user_name"),
        workdir=values.get("workdir"),
        programs=frozenset(_programs(values.get("programs", []), table.sets) | added),
        python=python or None,
        cuda=cuda or None,
        cuda_flavour=values.get("cuda_flavour"),
        cudnn=parts.cudnn or bool(values.get("cudnn")),
        bundles=frozenset(bundles),
        environment=values.get("environment", {}),
        entrypoint=tuple(values.get("entrypoint", ())),
        command=tuple(values.get("command", ())),
        ports=tuple(values.get("ports", ())),
        healthcheck=bool(values.get("healthcheck")),
        kind=values.get("kind", ""),
        server=values.get("server", ""),
        is_slim=bool(values.get("slim")),
        size_mb=values.get("sizes_mb", {}).get(last, values.get("size_mb")),
        ends=tuple(sorted(ends, key=lambda end: end.on)),
        retired=values.get("retired"),
        retired_why=values.get("retired_why", ""),
        replaced_by=values.get("replaced_by", ""),
        unsure=frozenset(values.get("unsure", ()) if "programs" in values else "*"),
    )


def _distribution(values: Mapping[str, Any], image: BaseImage, parts: TagParts) -> str:
    if parts.distribution:
        return _numbered(parts.distribution)
    if values.get("version") == "python":
        suite = _python_suite(values, parts.version or str(values.get("recommended", "")))
        if suite and values.get("distribution") is None:
            return suite
        series = ".".join(parts.version.split(".")[:2])
        of_python = values.get("distribution_of_python", {}).get(series)
        if of_python:
            return str(of_python)
    named = values.get("distribution", "")
    if named == "*":
        named = image.repository.rpartition("/")[2]
    if named and (match := _release_in_name(image.repository)):
        return f"{named}:{match}"
    if named and values.get("version") == "distribution" and parts.version:
        return f"{named}:{parts.version}"
    default = values.get("default_distribution")
    if default and not parts.version:
        return str(default)
    return f"{named}:" if named else ""


def _release_in_name(name: str) -> str:
    """Return the release that a repository's name carries: `ubi9/python-311`, `…-debian12`."""
    match = re.search(r"(?:debian|ubi)(\d+)(?:[-/]|$)", name)
    return match[1] if match else ""
