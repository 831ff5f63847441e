"""The forms that credentials have, and where in a text one of them stands."""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from boxwright.text.record import NamedTuple

BEFORE = 2048
"""How many bytes before a trigger may matter for whether it is one."""
AFTER = 4096
"""How many bytes from the first of a trigger on may matter."""


class Pattern(Protocol):
    """A compiled pattern of re2, over bytes; it has no types of its own."""

    @property
    def groupindex(self) -> dict[bytes, int]:
        """The numbers of the groups that have names."""
        ...

    def search(self, text: bytes, pos: int = 0, endpos: int | None = None, /) -> Match | None:
        """Return the first match."""
        ...

    def match(self, text: bytes, pos: int = 0, /) -> Match | None:
        """Return the match at *pos*."""
        ...

    def fullmatch(self, text: bytes, pos: int = 0, endpos: int | None = None, /) -> Match | None:
        """Return the match of all between *pos* and *endpos*."""
        ...


class Match(Protocol):
    """What a pattern of re2 matched."""

    @property
    def re(self) -> Pattern:
        """Whose match it is."""
        ...

    def start(self, group: int = 0, /) -> int:
        """Return where *group* starts."""
        ...

    def __getitem__(self, group: bytes, /) -> bytes: ...


class Form(NamedTuple):
    """A row of `secrets.toml`."""

    rank: int
    """Its place in the file: of two forms for one credential, the lower one names it."""
    kind: str
    keywords: tuple[bytes, ...]
    any_case: bool
    needs: bytes
    trigger: bytes
    pattern: bytes
    bare: bytes
    """The pattern without what has to stand behind it; empty where it has no such end."""
    stands_alone: bool
    """Whether no letter or digit may touch it."""
    offset: int
    shown: int
    check: str
    before: bytes
    near: bytes
    files: tuple[str, ...]
    certain: bool
    sources: bool
    binary: bool
    lines: bool


class Found(NamedTuple):
    """A credential in a text."""

    form: Form
    at: int
    """Where what announces it begins: the name, the first line of a key."""
    start: int
    secret: bytes
    """As it is told from others: without line breaks and quotes, if it may have some."""

    @property
    def redacted(self) -> str:
        """What may be shown of it: what the issuer puts before all of them, and its length."""
        shown = self.secret[: self.form.shown].decode(errors="replace")
        return f"`{shown}…`, {len(self.secret)} characters" if shown else "hidden"


class Group:
    """Forms that are looked for together, in one pass over a text."""

    def __init__(
        self, forms: tuple[Form, ...], *, is_binary: bool = False, is_program: bool = False
    ) -> None:
        self.is_binary = is_binary
        """Whether there is no text, so that words do not tell where a credential ends."""
        self.is_program = is_program
        """Whether it is full of symbols, which may end in what a credential begins with."""
        self.trigger = _compiled(b"|".join(b"(?:" + form.trigger + b")" for form in forms))
        self._anywhere = tuple(form for form in forms if form.files)
        starts: dict[bytes, list[Form]] = {}
        for form in forms:
            if form.files:
                continue
            for start in sorted({keyword[:_START].lower() for keyword in form.keywords}):
                starts.setdefault(start, []).append(form)
        self._by_start = {
            start: (*found, *self._anywhere) for start, found in sorted(starts.items())
        }

    def candidates(self, text: bytes, at: int) -> tuple[Form, ...]:
        """Return the forms that may have triggered at *at*."""
        return self._by_start.get(text[at : at + _START].lower(), self._anywhere)


_START = 2
"""How many letters of a keyword tell which forms it may be of."""


@functools.cache
def all_forms() -> tuple[Form, ...]:
    """Return the rows of `secrets.toml`."""
    return tuple(_form(rank, row) for rank, row in enumerate(_table()["secret"]))


def text_group(path: str) -> Group:
    """
    Return the forms that are looked for in the text at *path*, which may be in an archive.

    >>> text_group("app/main.py") is text_group("README"), text_group(".netrc") is text_group("a")
    (True, False)
    """
    name = path[max(path.rfind("/"), path.rfind("!")) + 1 :].lower()
    names, endings = _file_names()
    if name.startswith(".env"):
        name = ".env"
    ending = "*" + name[name.rfind(".") :]
    return _text_group(name if name in names else "", ending if ending in endings else "")


@functools.cache
def binary_group(*, is_program: bool = False) -> Group:
    """Return the forms that are looked for where there is no text."""
    forms = tuple(form for form in all_forms() if form.binary)
    return Group(forms, is_binary=True, is_program=is_program)


@functools.cache
def line_group() -> Group:
    """Return the forms that are looked for in commands and variables."""
    return Group(tuple(form for form in all_forms() if form.lines))


@functools.cache
def source_forms() -> tuple[Form, ...]:
    """Return the forms that stop a build which is about to copy one."""
    return tuple(form for form in all_forms() if form.sources)


@functools.lru_cache(maxsize=64)
def group_of(*forms: Form) -> Group:
    """Return *forms* as a group."""
    return Group(forms)


class Patience:
    """How many times more something may look like the beginning of a credential."""

    def __init__(self, left: int) -> None:
        self.left = left


def find(
    text: bytes,
    group: Group,
    start: int = 0,
    stop: int | None = None,
    patience: Patience | None = None,
) -> Iterator[Found]:
    """
    Yield the credentials of *group* whose trigger begins between *start* and *stop*, by place.

    One may come more than once, by different forms. What is found is the same as in a text
    that goes on, if there are `BEFORE` bytes before *start* and `AFTER` behind *stop*.
    """
    stop = len(text) if stop is None else stop
    at = start
    while (trigger := group.trigger.search(text, at)) is not None:
        at = trigger.start()
        if at >= stop:
            return
        if patience is not None:
            patience.left -= 1
            if patience.left < 0:
                return
        for form in group.candidates(text, at):
            found = _confirm(form, group, text, at)
            if found is not None:
                yield found
        at += 1


def _confirm(form: Form, group: Group, text: bytes, at: int) -> Found | None:
    """Return the credential of *form* in *text* that its keyword at *at* announces."""
    if group.is_binary and form.bare:
        match = _compiled(form.bare).match(text, max(0, at - form.offset))
    elif form.offset:
        start = max(0, at - form.offset)
        match = _compiled(form.pattern).search(text, start, at + AFTER)
        if match is None or match.start() > at:
            return None
    else:
        match = _compiled(form.pattern).match(text, at)
    if match is None:
        return None
    if form.stands_alone and not _begins(
        form, text, match.start(), is_binary=group.is_binary, is_program=group.is_program
    ):
        return None
    if form.before and form.before not in text[max(0, at - 32) : at]:
        return None
    secret = match[b"secret"]
    if form.near:
        around = text[max(0, at - BEFORE) : at + BEFORE].lower()
        if form.near not in around:
            return None
    start = match.start(match.re.groupindex[b"secret"])
    if group.is_binary and form.bare:
        secret = _as_long_as_said(form, text, start) or secret
    kept = _CHECKS[form.check](_Seen(form, secret, match, text))
    return Found(form, match.start(), start, kept) if kept and not _is_published(kept) else None


@functools.cache
def _compiled(pattern: bytes) -> Pattern:
    # Imported where it is needed: most texts have no keyword.
    import re2  # type: ignore[import-untyped]

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = _MEMORY
    result: Pattern = re2.compile(pattern, options)
    return result


_MEMORY = 1 << 25
"""Bytes that re2 may use for the automaton of one pattern; beyond it is ten times slower."""


def _begins(form: Form, text: bytes, start: int, *, is_binary: bool, is_program: bool) -> bool:
    """Return whether what starts at *start* is not the rest of a longer word."""
    before = text[start - 1 : start]
    if not before.isalnum() and before != b"_":
        return True
    if is_binary:
        # Strings stand next to each other in databases, where a prefix that ends in `_` or the
        # like tells where one begins; serialised ones have their length before them.
        return _as_long_as_said(form, text, start) is not None or (
            not is_program
            and not any(keyword[-1:].isalnum() for keyword in form.keywords)
            and _is_mixed(text[start : start + _SHORTEST_RANDOM * 2])
        )
    # `\n`, `%3D` and `\u003d` end in a letter or digit, too.
    return (
        (before in b"nrt" and text[start - 2 : start - 1] == b"\\")
        or text[start - 3 : start - 2] == b"%"
        or text[start - 6 : start - 4] == b"\\u"
    )


def _as_long_as_said(form: Form, text: bytes, start: int) -> bytes | None:
    """Return what is at *start* if it is as long as `marshal` or `pickle` says before it."""
    if not start:
        return None
    for length in (text[start - 1], int.from_bytes(text[max(0, start - 4) : start], "little")):
        if 8 <= length <= len(text) - start:
            match = _compiled(form.bare).fullmatch(text, start, start + length)
            if match is not None:
                return match[b"secret"]
    return None


# --- The table

_END = {True: rb"(?:[^A-Za-z0-9_-]|\z)", False: rb"(?:[^A-Za-z0-9_]|\z)"}
_GIVEN = (
    # `NAME=value`, `"NAME": "value"`, `["NAME"] = "value"`, `ENV NAME value`, and Kubernetes'
    # `- name: NAME`, `value: value`.
    rb"\\{0,2}[\"'`]?\]?[ \t]{0,20}"
    rb"(?:=>|:=|[=:,]|[ \t]|\r?\n[ \t]{0,40}[\"']?value[\"']?:)"
    rb"[ \t]{0,20}\\{0,2}[\"'`]{0,3}"
)


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("secrets.toml").read_text("utf-8"))


def _is_published(secret: bytes) -> bool:
    from hashlib import sha256

    return sha256(secret).hexdigest() in _words("published")


@functools.cache
def _file_names() -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of files that have forms of their own, and their endings as `*.ini`."""
    every = frozenset(name for form in all_forms() for name in form.files)
    endings = frozenset(name for name in every if name.startswith("*"))
    return every - endings, endings


@functools.cache
def _text_group(name: str, ending: str) -> Group:
    return Group(
        tuple(
            form
            for form in all_forms()
            if not form.files or name in form.files or ending in form.files
        )
    )


def _form(rank: int, row: dict[str, Any]) -> Form:
    get = row.get
    bare = b""
    trigger = b"|".join(re.escape(keyword.encode()) for keyword in row["keywords"])
    if "token" in row:
        bare = b"(?P<secret>" + row["token"].encode() + b")"
        pattern = bare + _END["-]" in row["token"]]
    elif "name" in row:
        trigger = row["name"].encode()
        value = row["value"].encode()
        pattern = (
            b"(?i:" + trigger + b")" + _GIVEN + b"(?P<secret>" + value + b")" + _END[b"-]" in value]
        )
    else:
        pattern = row["pattern"].encode()
    if get("any_case"):
        trigger = b"(?i:" + trigger + b")"
    files = tuple(get("files", ()))
    return Form(
        rank=rank,
        kind=row["kind"],
        keywords=tuple(keyword.encode() for keyword in row["keywords"]),
        any_case=get("any_case", False),
        needs=get("needs", get("near", "")).lower().encode(),
        trigger=row["trigger"].encode() if "trigger" in row else trigger,
        pattern=pattern,
        bare=bare,
        stands_alone=bool(bare),
        offset=get("offset", 0),
        shown=get("shown", 0),
        check=get("check", "plain"),
        before=get("before", "").encode(),
        near=get("near", "").lower().encode(),
        files=files,
        certain=get("certain", True),
        sources=get("sources", not files),
        binary=get("binary", bool(bare) and not files),
        lines=get("lines", not files),
    )


# --- What else has to be true. Each returns the secret as it is told from others, or nothing.


class _Seen(NamedTuple):
    form: Form
    secret: bytes
    match: Match
    text: bytes

    def has(self, group: bytes) -> bytes:
        """Return what the group called *group* matched."""
        return self.match[group]


def _plain(seen: _Seen) -> bytes:
    secret = seen.secret
    if _is_placeholder(secret) or len(set(secret[seen.form.shown :])) < _LEAST_VARIETY:
        return b""
    return secret


def _mixed(seen: _Seen) -> bytes:
    return _plain(seen) if _is_mixed(seen.secret[seen.form.shown :]) else b""


def _random(seen: _Seen) -> bytes:
    return _plain(seen) if looks_random(seen.secret) else b""


def _pem(seen: _Seen) -> bytes:
    """Return the key without what the text around it puts between its lines."""
    cleaned = re.sub(_NOT_BASE64, b"", seen.secret)[:_ENOUGH_OF_KEY]
    return cleaned if len(set(cleaned)) >= 2 * _LEAST_VARIETY else b""


def _pem_base64(seen: _Seen) -> bytes:
    return seen.secret if b"PRIVATE KEY-----" in _decoded(seen.secret) else b""


def _basic(seen: _Seen) -> bytes:
    """Return a user and a password in base 64, as registries want them."""
    try:
        user, colon, password = _decoded(seen.secret).decode().partition(":")
    except UnicodeDecodeError:
        return b""
    is_one = user and colon and user.isprintable() and password.isprintable()
    return seen.secret if is_one and _is_password(password.encode(), user.encode()) else b""


def _registry(seen: _Seen) -> bytes:
    decoded = _decoded(seen.secret)
    return seen.secret if b'"auth"' in decoded or b'"password"' in decoded else b""


def _password(seen: _Seen) -> bytes:
    return seen.secret if _is_password(seen.secret, b"") else b""


def _url(seen: _Seen) -> bytes:
    at = seen.match.start()
    if not seen.text[at - 1 : at].isalnum():
        return b""
    host = seen.has(b"host").lower()
    if host.decode() in _words("hosts") or host.endswith(_EXAMPLES):
        return b""
    user = seen.has(b"user")
    # Manuals talk to the machine that they are read on.
    is_sample = user.lower().decode() in _words("users") or host in _LOOPBACK
    if is_sample and not _is_strong(_unquoted(seen.secret)):
        return b""
    return seen.secret if _is_password(_unquoted(seen.secret), user) else b""


def _jwt(seen: _Seen) -> bytes:
    """Return a token whose parts are what they have to be, and not the one in everybody's manual."""
    header, payload, _ = seen.secret.split(b".", 2)
    head, body = _decoded(header), _decoded(payload)
    is_one = b'"alg"' in head and body.startswith(b"{") and body.rstrip(b"\0").endswith(b"}")
    if not is_one or b"1234567890" in body or b"John Doe" in body or b"example" in body:
        return b""
    return _plain(seen)


def _assigned(seen: _Seen) -> bytes:
    """Return the value of a name that says that it is a credential, if it looks like one."""
    at = seen.match.start()
    before = re.search(_NAME_BEFORE, seen.text[max(0, at - _LONGEST_NAME) : at])
    if before and _is_no_secret(before[0]):
        return b""
    value = seen.secret
    if _is_placeholder(value) or _words_or_path().search(value):
        return b""
    if b"pass" in seen.has(b"name").lower() or b"pwd" in seen.has(b"name").lower():
        return value if _is_strong(value) and _is_password(value, b"") else b""
    return value if looks_random(value) else b""


_CHECKS: dict[str, Callable[[_Seen], bytes]] = {
    "plain": _plain,
    "mixed": _mixed,
    "random": _random,
    "pem": _pem,
    "pem_base64": _pem_base64,
    "basic": _basic,
    "registry": _registry,
    "password": _password,
    "url": _url,
    "jwt": _jwt,
    "assigned": _assigned,
}

_LEAST_VARIETY = 8
"""A real credential of twenty or more characters has more different ones than this."""
_ENOUGH_OF_KEY = 400
"""Characters of a private key that tell it from all others: the first hundred may be the same."""
_LONGEST_NAME = 60
_SHORTEST_RANDOM = 16
_EXAMPLES = (b".example.com", b".example.org", b".example.net", b".example", b".invalid", b".test")
_LOOPBACK = frozenset([b"localhost", b"127.0.0.1", b"0.0.0.0"])
_NOT_BASE64 = rb"\\+[nr]|[^A-Za-z0-9+/=]"
_NAME_BEFORE = rb"[A-Za-z0-9_.-]+\Z"
_SHORTEST_PASSWORD = 4
_SHORTEST_KEY = 12
_SECRET_NAME = (
    rb"(?:(?P<password>password|passwd|passphrase|[_.-]pwd|[_.-]pass)|secret|token|credentials?"
    rb"|(?:api|access|secret|private|auth|encryption|signing|master)[_-]?key(?:[_-]?base)?"
    rb"|authorization)[_-]?[0-9]{0,2}$"
)
"""How a name ends that says that its value is a credential."""
_NO_PASSWORD = (
    rb"(?:my|your|the|some|new|old|test|user|db|proxy|repo|super|very|top)?[ _-]?"
    rb"(?:pass(?:word|wd|phrase)?|p[a4@][s$5]{2}w[o0]rd|pwd|se?cr[e3]t|token|key)"
    rb"[ _-]?(?:pass|key|here|goes-here|string)?[0-9!]{0,4}"
)
"""What people write where a password would be, although it is none."""
_NO_SECRET = frozenset(
    b"public csrf xsrf example sample dummy fake mock hash digest checksum test tests salt nonce"
    b" etag next page continuation cursor pad bos eos unk cls sep mask stop special invalid".split()
)
"""What stands in names of what is no secret, before the word that usually is one."""
_PLACEHOLDER = (
    rb"(?i:example|placeholder|dummy|redacted|changeme|change_me|your[_-]|insert[_-]|replace[_-]?me)"
    rb"|x{5}|X{5}|\*\*\*|\.\.\.|0123456789|1234567890|(?i:abcdefghij)|(.)\1{7}"
)


def looks_random(value: bytes) -> bool:
    """
    Return whether *value* is what no person would write, as keys and tokens are.

    >>> looks_random(b"9fQ2xLr7Tz0bVw4Kd1Ys"), looks_random(b"tokenizer_class_version_2")
    (True, False)
    """
    letters = re.sub(rb"[^A-Za-z0-9]", b"", value)
    if len(letters) < _SHORTEST_RANDOM or len(set(letters)) < _LEAST_VARIETY:
        return False
    sorts = [_sort(code) for code in letters]
    if len(set(sorts)) < 2 or "0" not in sorts:
        return False
    if re.fullmatch(rb"[0-9a-f]+|[0-9A-F]+", letters):
        return True
    # Chance goes from letters to digits, and from small to large ones, more often than words do.
    changes = sum(one != other for one, other in itertools.pairwise(sorts))
    return 10 * changes >= 3 * len(letters)


def is_given_credential(name: str, value: str) -> bool:
    """
    Return whether *value*, which is all that is given to *name*, is a credential by that name.

    >>> is_given_credential("DB_PASSWORD", "grey-otter-42"), is_given_credential("TOKEN", "$TOKEN")
    (True, False)
    >>> is_given_credential("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D")
    False
    """
    named = name[:_LONGEST_NAME].encode("utf-8", "replace")
    text = value.encode("utf-8", "replace")
    said = re.search(_SECRET_NAME, named.lower())
    if said is None or _is_no_secret(named):
        return False
    if not _is_password(text, b"") or _is_reference(text):
        return False
    if said["password"]:
        return len(text) >= _SHORTEST_PASSWORD
    return (
        len(text) >= _SHORTEST_KEY
        and not text.isdigit()
        and _words_or_path().search(text) is None
        and b" " not in text
    )


def _is_no_secret(name: bytes) -> bool:
    words = re.findall(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return not _NO_SECRET.isdisjoint(word.lower() for word in words)


def _is_reference(text: bytes) -> bool:
    """Return whether *text* only says where a value is, or that there is one."""
    return (
        b"$" in text[:2]
        or b"${" in text
        or b"$(" in text
        or b"`" in text
        or text.lower() in {b"true", b"false", b"none", b"null", b"yes", b"no"}
        or text.startswith((b"/", b"./", b"~/", b"@", b"id=", b"file:", b"env:"))
        or (b"://" in text and b"@" not in text)
    )


def _sort(code: int) -> str:
    if 0x61 <= code <= 0x7A:
        return "a"
    if 0x41 <= code <= 0x5A:
        return "A"
    return "0" if 0x30 <= code <= 0x39 else "-"


def _is_mixed(value: bytes) -> bool:
    """Return whether *value* has large letters, small ones and digits."""
    return {"a", "A", "0"} <= {_sort(code) for code in value}


def _is_strong(value: bytes) -> bool:
    """Return whether *value* is mixed as only passwords are: words of programs are not."""
    sorts = {_sort(code) for code in value}
    return "0" in sorts and len(sorts) >= 2 and len(set(value)) >= 6


def _is_placeholder(secret: bytes) -> bool:
    # A long secret has any five letters in it somewhere.
    return re.search(_PLACEHOLDER, secret[:200]) is not None


def _is_password(password: bytes, user: bytes) -> bool:
    """Return whether *password* is one, and no word that stands for one."""
    lowered = password.lower().strip(b"_-")
    return not (
        _is_placeholder(password)
        or lowered.decode("utf-8", "replace") in _words("placeholders")
        or lowered == user.lower()
        or re.fullmatch(_NO_PASSWORD, lowered) is not None
        or re.fullmatch(rb"[A-Z_]+", password) is not None
        # `%(name)s`, `%s`, `{name}`, `$NAME` and URL-encoded templates stand for what comes later.
        or lowered.startswith((b"%", b"$", b"{", b"<"))
        or len(set(lowered)) == 1
    )


def _unquoted(text: bytes) -> bytes:
    """Return *text* without percent-encoding."""
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda match: bytes([int(match[1], 16)]), text)


@functools.cache
def _words(key: str) -> frozenset[str]:
    return frozenset(_table()[key])


@functools.cache
def _words_or_path() -> Pattern:
    """Return what names something that is elsewhere: a path, a variable, words with hyphens."""
    return _compiled(
        rb"^(?:[./~]|[a-z]+://|sha[0-9]{1,3}[:-]|arn:)|://|\.(?:json|ya?ml|txt|pem|key|py|toml)$"
        rb"|^(?:[A-Za-z]+[0-9]{0,2}[._:/-]{1,2})+[A-Za-z]+[0-9]{0,2}$|^(?:[a-z]+/[^/]+/)+"
        rb"|^[A-Za-z][a-z]*[0-9]?(?:[A-Z][a-z]+)+[0-9]?$|^\$[0-9a-z]{1,8}\$"
    )


def _decoded(encoded: bytes) -> bytes:
    """Return what *encoded* is in base 64, either alphabet, padded or not; nothing where it is none."""
    plain = encoded.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    try:
        return a2b_base64(plain + b"=" * (-len(plain) % 4), strict_mode=True)
    except ValueError:
        return b""
