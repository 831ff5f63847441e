"""Commands that fetch files, what becomes of them, and what they are checked against."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.files import redirected_paths
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.runners import Invocation, invocation
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord
    from boxwright.text.source import Span


class Download(NamedTuple):
    """Something that a command fetches."""

    tool: str
    """As it is called: `curl`, `wget`, `hf`, …"""
    url: str
    """As it is written, so it may have variables; what is no URL is what the tool is asked for."""
    url_word: ShellWord
    output: str
    """
    Where it goes, seen from the working directory.

    A folder where the tool chooses the name; empty where it goes to standard output.
    """
    output_word: ShellWord | None
    """The word that says so."""
    fails_on_error: bool
    """Whether an answer such as 404 makes the command fail, instead of becoming the file."""
    follows_redirects: bool
    is_quiet: bool
    """Whether no progress is reported to a log that nobody watches."""
    command: Command

    @property
    def host(self) -> str:
        """The host that it is from; empty where that is not known."""
        return host_of(self.url)

    @property
    def name(self) -> str:
        """The last part of the URL's path."""
        return posixpath.basename(self.url.partition("?")[0].partition("#")[0])


class PipedScript(NamedTuple):
    """A download that goes straight into an interpreter."""

    download: Download
    interpreter: Command
    span: Span
    """From the one to the other."""


@remembered
def downloads(command: Command) -> tuple[Download, ...]:
    """Return what *command* fetches, in the order in which it is named."""
    started = invocation(command)
    if started is None:
        return ()
    reader = _READERS.get(started.name)
    return tuple(reader(started, command)) if reader else ()


def piped_scripts(commands: Sequence[Command]) -> Iterator[PipedScript]:
    """Return the downloads among *commands* that an interpreter runs unseen."""
    waiting: list[Download] = []
    shell: Command | None = None
    for command in commands:
        if waiting and command.pipeline != waiting[0].command.pipeline:
            waiting = []
        if _interprets(command):
            if waiting and _reads_input(command):
                for download in waiting:
                    span = download.command.span._replace(end=command.span.end)
                    yield PipedScript(download, command, span)
                waiting = []
            shell = command
        found = downloads(command)
        # `bash <(curl …)`, `sh -c "$(curl …)"`, `eval "$(curl …)"`
        if command.in_substitution and shell is not None and _is_within(command, shell):
            for download in found:
                if not download.output:
                    yield PipedScript(download, shell, shell.span)
        waiting.extend(download for download in found if not download.output)


def unverified(commands: Sequence[Command]) -> tuple[Download, ...]:
    """
    Return the downloads among *commands* that nothing is compared with.

    A check that names a file counts for that file; one that names none of them, for all.
    """
    found = [download for command in commands for download in downloads(command)]
    if not found:
        return ()
    checked = _checked_text(commands)
    if checked is None:
        return tuple(item for item in found if not _verifies_itself(item))
    named = [item for item in found if _names_of(item) and _is_named(item, checked)]
    if not named:
        return ()
    return tuple(item for item in found if item not in named and not _verifies_itself(item))


def is_checksum_file(url: str) -> bool:
    """Return whether *url* is a list of checksums or a signature: there to check others."""
    path = url.partition("?")[0].lower()
    return path.endswith(
        (".sha256", ".sha512", ".sha1", ".md5", ".asc", ".sig", ".minisig", ".sha256sum", ".pem")
    ) or posixpath.basename(path).startswith(("sha256sum", "sha512sum", "checksums"))


def host_of(url: str) -> str:
    """
    Return the host in *url*, in small letters; empty where there is none, or a variable.

    >>> host_of("https://user@Example.org:8443/a"), host_of("https://$MIRROR/a")
    ('example.org', '')
    """
    scheme, found, rest = url.partition("://")
    if not found or not scheme.isalnum():
        return ""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    host = authority.partition(":")[0].lower()
    return "" if "$" in host else host


# --- The tools

CURL_LETTERS = "AbcCdDeEFHKmoPQrtTuUwxXyYz"
_CURL_NAMES = """
    abstract-unix-socket cacert capath cert cert-type ciphers config connect-timeout connect-to
    continue-at cookie cookie-jar create-file-mode data data-ascii data-binary data-raw
    data-urlencode dns-servers dump-header engine form form-string header interface json key
    key-type krb limit-rate local-port max-filesize max-redirs max-time netrc-file noproxy
    oauth2-bearer output output-dir parallel-max pass pinnedpubkey proto proto-default proto-redir
    proxy proxy-header proxy-user quote range rate referer request request-target
    resolve retry retry-delay retry-max-time socks5 socks5-hostname speed-limit speed-time
    telnet-option time-cond tls-max unix-socket upload-file url user user-agent write-out
    preproxy stderr trace trace-ascii variable tlsuser tlspassword aws-sigv4
    """
_WGET_LETTERS = "aABDeGiIlnoOPQRtTUwX"
_WGET_NAMES = """
    accept accept-regex append-output base bind-address body-data body-file ca-certificate
    ca-directory certificate config connect-timeout cut-dirs default-page directory-prefix
    dns-timeout domains exclude-directories exclude-domains execute follow-tags ftp-password
    ftp-user header http-passwd http-password http-user ignore-tags include-directories input-file
    level limit-rate load-cookies local-encoding max-redirect method output-document output-file
    password post-data post-file private-key progress proxy-password proxy-user quota read-timeout
    referer reject reject-regex rejected-log save-cookies secure-protocol start-pos timeout tries
    user user-agent wait waitretry
    """


def _curl(started: Invocation, command: Command) -> Iterator[Download]:
    arguments = parse_arguments(started.arguments, CURL_LETTERS, _CURL_NAMES)
    outputs = [option for option in arguments.options if option.name in _CURL_OUTPUTS]
    named = [option.value for option in arguments.options if option.name == "--url"]
    urls = (*(word for word in named if word is not None), *arguments.operands)
    folder = arguments.text("--output-dir")
    redirected = redirected_paths(command)
    silent = arguments.has("-s", "--silent", "--no-progress-meter")
    for at, url in enumerate(urls):
        output, word = "", None
        option = outputs[at] if at < len(outputs) else None
        if option is None and arguments.has("--remote-name-all"):
            output = posixpath.join(folder, _file_name(url.value))
        elif option is not None and option.value is not None:
            word = option.value
            output = "" if word.value == "-" else posixpath.join(folder, word.value)
        elif option is not None:
            output, word = posixpath.join(folder, _file_name(url.value)), option.word
        elif redirected:
            word = redirected[-1]
            output = word.value
        yield Download(
            tool="curl",
            url=url.value,
            url_word=url,
            output=output,
            output_word=word,
            fails_on_error=arguments.has("-f", "--fail", "--fail-with-body", "--fail-early"),
            follows_redirects=arguments.has("-L", "--location", "--location-trusted"),
            is_quiet=silent or arguments.has("-#", "--progress-bar"),
            command=command,
        )


_CURL_OUTPUTS = frozenset({"-o", "--output", "-O", "--remote-name"})


def _wget(started: Invocation, command: Command) -> Iterator[Download]:
    arguments = parse_arguments(started.arguments, _WGET_LETTERS, _WGET_NAMES)
    named = arguments.value("-O", "--output-document")
    folder = arguments.value("-P", "--directory-prefix")
    redirected = redirected_paths(command)
    quiet = (
        arguments.has("-q", "--quiet", "--no-verbose")
        or arguments.text("-n") == "v"
        # The log of a build has no terminal: dots by the megabyte are readable, bars are not.
        or arguments.text("--progress").startswith("dot:")
        or (arguments.has("-o", "--output-file", "-a"))
    )
    for url in arguments.operands:
        word: ShellWord | None
        if named is not None and named.value not in {"-", "/dev/stdout"}:
            output, word = named.value, named
        elif named is not None:
            word = redirected[-1] if redirected else None
            output = word.value if word else ""
        else:
            output, word = _file_name(url.value), folder
            if folder is not None:
                output = posixpath.join(folder.value, output)
        yield Download(
            tool="wget",
            url=url.value,
            url_word=url,
            output=output,
            output_word=word,
            fails_on_error=True,
            follows_redirects=True,
            is_quiet=quiet,
            command=command,
        )


def _aria2c(started: Invocation, command: Command) -> Iterator[Download]:
    arguments = parse_arguments(
        started.arguments,
        "doijklmstuxTUVS",
        "dir out input-file max-concurrent-downloads split max-connection-per-server checksum"
        " header user-agent http-user http-passwd console-log-level summary-interval"
        " min-split-size timeout max-tries retry-wait log load-cookies referer",
    )
    folder = arguments.text("-d", "--dir")
    name = arguments.value("-o", "--out")
    for url in arguments.operands:
        output = posixpath.join(folder, name.value if name else _file_name(url.value))
        yield Download(
            tool="aria2c",
            url=url.value,
            url_word=url,
            output=output,
            output_word=name,
            fails_on_error=True,
            follows_redirects=True,
            is_quiet=arguments.has("-q", "--quiet") or bool(arguments.text("--console-log-level")),
            command=command,
        )


def _gdown(started: Invocation, command: Command) -> Iterator[Download]:
    arguments = parse_arguments(started.arguments, "O", ("output", "speed", "proxy", "id"))
    word = arguments.value("-O", "--output")
    asked = arguments.value("--id")
    for url in (*arguments.operands, *([asked] if asked else [])):
        yield _plain("gdown", url, word, command, is_quiet=arguments.has("-q", "--quiet"))


def _kaggle(started: Invocation, command: Command) -> Iterator[Download]:
    arguments = parse_arguments(
        started.arguments, "pfcdv", ("path", "file", "competition", "dataset")
    )
    if [word.value for word in arguments.operands[1:2]] != ["download"]:
        return
    asked = arguments.operands[2:3] or tuple(
        word for word in (arguments.value("-c", "-d"),) if word is not None
    )
    for what in asked:
        word = arguments.value("-p", "--path")
        yield _plain("kaggle", what, word, command, is_quiet=arguments.has("-q", "--quiet"))


def _hugging_face(started: Invocation, command: Command) -> Iterator[Download]:
    arguments = parse_arguments(started.arguments, names=HUGGING_FACE_OPTIONS)
    if [word.value for word in arguments.operands[:1]] != ["download"]:
        return
    for what in arguments.operands[1:2]:
        word = arguments.value("--local-dir")
        yield _plain(started.name, what, word, command, is_quiet=arguments.has("--quiet"))


HUGGING_FACE_OPTIONS = (
    "repo-type", "revision", "include", "exclude", "cache-dir", "local-dir", "token",
    "local-dir-use-symlinks", "max-workers",
)  # fmt: skip
"""Those of `hf download` that take a value."""


def _object_store(started: Invocation, command: Command) -> Iterator[Download]:
    """Return what a copy from a bucket fetches: `aws s3 cp s3://…`, `gsutil cp gs://…`."""
    arguments = parse_arguments(
        started.arguments,
        "o",
        "profile region endpoint-url exclude include acl storage-class project account"
        " recursive-symlinks log-level content-type",
    )
    values = [word.value for word in arguments.operands]
    verbs = _VERBS[started.name]
    at = next((len(verb) for verb in verbs if tuple(values[: len(verb)]) == verb), None)
    if at is None or len(values) < at + 2:
        return
    *sources, target = arguments.operands[at:]
    if _is_remote(target.value):
        return
    quiet = arguments.has(
        "-q", "--quiet", "--only-show-errors", "--no-progress", "--no-user-output-enabled"
    )
    for source in sources:
        if _is_remote(source.value):
            yield _plain(started.name, source, target, command, is_quiet=quiet)


_VERBS: dict[str, tuple[tuple[str, ...], ...]] = {
    "aws": (("s3", "cp"), ("s3", "sync"), ("s3", "mv")),
    "gsutil": (("cp",), ("rsync",), ("mv",)),
    "gcloud": (("storage", "cp"), ("storage", "rsync")),
    "azcopy": (("copy",), ("cp",), ("sync",)),
    "s5cmd": (("cp",), ("sync",)),
    "rclone": (("copy",), ("sync",), ("copyto",)),
    "mc": (("cp",), ("mirror",)),
}


def _is_remote(path: str) -> bool:
    scheme, found, _ = path.partition("://")
    # `remote:bucket/path` is how rclone writes it.
    if found:
        return scheme.isalnum()
    return ":" in path and "/" not in path.partition(":")[0]


def _plain(
    tool: str, url: ShellWord, word: ShellWord | None, command: Command, *, is_quiet: bool
) -> Download:
    return Download(
        tool=tool,
        url=url.value,
        url_word=url,
        output=word.value if word else _file_name(url.value),
        output_word=word,
        fails_on_error=True,
        follows_redirects=True,
        is_quiet=is_quiet,
        command=command,
    )


_READERS: dict[str, Callable[[Invocation, Command], Iterator[Download]]] = {
    "curl": _curl,
    "wget": _wget,
    "aria2c": _aria2c,
    "gdown": _gdown,
    "kaggle": _kaggle,
    "hf": _hugging_face,
    "huggingface-cli": _hugging_face,
    **dict.fromkeys(_VERBS, _object_store),
}


def _file_name(url: str) -> str:
    """Return the name that a URL gives a file by itself."""
    return posixpath.basename(url.partition("?")[0].partition("#")[0].rstrip("/")) or "index.html"


# --- Into a shell

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ash", "ksh", "fish"})
_INTERPRETERS = _SHELLS | {"python", "perl", "ruby", "node", "php"}


def _interprets(command: Command) -> bool:
    name = command.program
    return name in _INTERPRETERS or name in {"eval", "source", "."} or name.startswith("python")


def _is_within(command: Command, outer: Command) -> bool:
    return outer.span.start <= command.span.start and command.span.end <= outer.span.end


def _reads_input(command: Command) -> bool:
    """Return whether the interpreter's program comes from its input: it is given no other."""
    values = [word.value for word in command.arguments]
    if command.stdin is not None or command.program in {"eval", "source", "."}:
        return False
    if command.program in _SHELLS:
        if any(value in {"-s", "-"} or value.startswith("/dev/stdin") for value in values):
            return True
        return not any(
            (value[0] not in "-+" or (value[1:2] != "-" and "c" in value))
            for value in values
            if value
        )
    if any(value in {"-", "/dev/stdin"} for value in values):
        return True
    return not any(
        value[0] != "-" or value[1:2] in {"c", "m", "e", "r"} for value in values if value
    )


# --- Checks

_SUMS = frozenset(
    {
        "sha256sum", "sha512sum", "sha384sum", "sha224sum", "sha1sum", "md5sum", "b2sum",
        "shasum", "cksum",
    }
)  # fmt: skip


def _checked_text(commands: Sequence[Command]) -> str | None:
    """Return the words of what checks files, and of what feeds it; None where nothing checks."""
    checking = {command.pipeline for command in commands if _checks(command)}
    if not checking:
        return None
    texts = [
        f"{word.value} "
        for command in commands
        if command.pipeline in checking
        for word in command.words
    ]
    texts.extend(
        command.stdin.text
        for command in commands
        if command.pipeline in checking and command.stdin is not None
    )
    return "".join(texts)


def _checks(command: Command) -> bool:
    values = [word.value for word in command.arguments]
    match command.program:
        case "gpg" | "gpg2":
            return any(value.startswith("--verify") for value in values)
        case "gpgv" | "gpgv2":
            return True
        case "cosign":
            return any(value.startswith("verify") for value in values)
        case "minisign":
            return any(value.startswith("-V") for value in values)
        case "openssl":
            return "-verify" in values or "-signature" in values
        case "rpm":
            return any(value in {"-K", "--checksig"} for value in values)
        case _ if command.program in _SUMS:
            # In a substitution its output is compared by what is around it.
            return command.in_substitution or any(
                value in {"--check", "--status"}
                or (value[:1] == "-" and value[1:2] != "-" and "c" in value)
                for value in values
            )
        case _:
            return False


def _verifies_itself(download: Download) -> bool:
    return download.tool == "aria2c" and any(
        word.value.startswith("--checksum") for word in download.command.arguments
    )


def _names_of(download: Download) -> tuple[str, ...]:
    names = (posixpath.basename(download.output), download.name)
    return tuple(name for name in names if len(name) > 2)


def _is_named(download: Download, text: str) -> bool:
    return any(name in text for name in _names_of(download))
