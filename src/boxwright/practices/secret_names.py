"""
Which names of variables, arguments and options say that their value is a credential.

A name is judged by its words: what lies between underscores, hyphens, dots and changes of
case. So `HF_TOKEN` and `dbPassword` are credentials, `TOKENIZERS_PARALLELISM` is none.
"""

from __future__ import annotations

import functools
import re
from typing import Literal

ValueKind = Literal[
    "empty", "placeholder", "variable", "boolean", "number", "path", "url", "literal"
]


def is_secret_name(name: str, value: str | None = None) -> str | None:
    """
    Return why *name* is one of a credential, as a clause; None where it is not.

    Whatever *value* is, the name decides, unless the value cannot be a credential: a path,
    a URL without a password, a boolean, for keys and tokens also a number. An empty value,
    a placeholder and a reference to a variable do not clear a name, since something is
    meant to take their place: ask `value_kind` whether there is a credential to see.

    >>> is_secret_name("HF_TOKEN")
    'its name says `token`'
    >>> is_secret_name("MAX_TOKENS"), is_secret_name("HF_TOKEN_PATH", "/root/.hf")
    (None, None)
    """
    words = name_words(name)
    secret = _secret_word(words)
    if secret is None:
        return None
    if value is not None:
        kind = value_kind(value)
        if kind in {"boolean", "url"}:
            return None
        if kind in {"path", "number"} and not _is_password(secret):
            return None
    if _is_allowed(words, secret):
        return None
    return f"its name says `{secret}`"


def is_literal_secret(name: str, value: str) -> bool:
    """
    Return whether *value*, given to *name*, is a credential that anybody can read there.

    `token` is no token, but as a password `password` is one, and the first that is tried.
    """
    if is_secret_name(name, value) is None:
        return False
    kind = value_kind(value)
    if kind == "placeholder":
        plain = value.strip("\"' ").lower()
        secret = _secret_word(name_words(name)) or ""
        return _is_password(secret) and not _stand_in().search(plain)
    return kind in {"literal", "number"}


def name_words(name: str) -> tuple[str, ...]:
    """
    Return the words that *name* is made of, in small letters.

    >>> name_words("openaiApiKey"), name_words("AWS_SECRET-access.key")
    (('openai', 'api', 'key'), ('aws', 'secret', 'access', 'key'))
    """
    return tuple(word.lower() for word in _word().findall(name[:_LONGEST_NAME]))


def value_kind(value: str) -> ValueKind:
    """
    Return what *value* is, by its looks: `literal` is what nothing else explains.

    >>> value_kind("$HF_TOKEN"), value_kind("/run/secrets/hf"), value_kind("your-token-here")
    ('variable', 'path', 'placeholder')
    """
    text = value.strip().strip("\"'")
    if not text:
        return "empty"
    if "$" in text and _reference().search(text):
        return "variable"
    lowered = text.lower()
    if lowered in _BOOLEANS:
        return "boolean"
    if text.isdecimal():
        return "number"
    if "://" in text:
        return "literal" if "@" in text.partition("://")[2].partition("/")[0] else "url"
    if text[:2] in {"./", "~/"} or (
        text[0] == "/" and (_absolute_path().fullmatch(text) is not None)
    ):
        return "path"
    if _file_name().search(lowered):
        return "path"
    if _stand_in().search(lowered) or _noun().fullmatch(lowered) or len(set(lowered)) == 1:
        return "placeholder"
    return "literal"


_LONGEST_NAME = 200
_PASSWORDS = frozenset({"password", "passwd", "pword", "pass", "pwd", "passphrase", "passcode"})

# The words of BuildKit's `SecretsUsedInArgOrEnv`.
_SECRET_WORDS = frozenset(
    {
        "apikey",
        "auth",
        "credential",
        "credentials",
        "key",
        "password",
        "pword",
        "passwd",
        "secret",
        "token",
    }
)
# Those that it misses.
_MORE_SECRET_WORDS = frozenset(
    {
        "accesskey",
        "accesstoken",
        "apitoken",
        "authtoken",
        "bearer",
        "creds",
        "ghtoken",
        "hftoken",
        "passcode",
        "passphrase",
        "passwords",
        "privatekey",
        "secretkey",
    }
)
_SECRET_ENDINGS = ("password", "passwd", "passphrase", "apikey", "secretkey")
_LAST_WORDS = frozenset({"pass", "pwd"})
"""Credentials only at the end of a name that has more words: `DB_PASS`, but `PWD`, `PASS_RATE`."""

_ALLOWED_ANYWHERE = frozenset(
    {
        # BuildKit's own exception.
        "public",
        "pub",
        "disable",
        "disabled",
        "enable",
        "enabled",
        "fingerprint",
        "primary",
        "foreign",
    }
)
_ABOUT = frozenset(
    {
        "algorithm", "alg", "audience", "backend", "bits", "bytes", "class", "command", "cost",
        "count", "dim", "dir", "directory", "domain", "embedding", "embeddings", "endpoint",
        "expire", "expires", "expiration", "expiry", "file", "filename", "folder", "format",
        "frequency", "header", "host", "hostname", "ids", "index", "issuer", "kind", "len",
        "length", "level", "lifetime", "limit", "loc", "location", "map", "mapping", "max",
        "method", "min", "mode", "module", "mount", "name", "namespace", "num", "order", "path",
        "pattern", "pooling", "port", "prefix", "provider", "rate", "realm", "ref", "regex",
        "region", "required", "rotation", "scheme", "scope", "scopes", "server", "service",
        "size", "sock", "socket", "source", "store", "strategy", "suffix", "target", "timeout",
        "ttl", "type", "uri", "url", "usage", "user", "username", "version", "weight",
    }
)  # fmt: skip
"""Last words of names that tell something about a credential."""
_TOKENS_OF_TEXT = frozenset(
    {
        "added", "audio", "avg", "batch", "begin", "beginning", "bos", "cls", "control", "decoder",
        "delimiter", "draft", "end", "eos", "eot", "fim", "image", "input", "instance", "mask",
        "max", "maximum", "min", "minimum", "n", "new", "newline", "next", "num", "number",
        "output", "pad", "padding", "placeholder", "prompt", "sep", "separator", "special",
        "start", "stop", "think", "total", "trigger", "unk", "unknown", "video", "vocab", "word",
    }
)  # fmt: skip
"""What stands before or behind `token` where it is a piece of text."""
_KEYS_OF_DATA = frozenset(
    {
        "answer", "batch", "cache", "column", "config", "data", "dict", "document", "feature",
        "features", "group", "hash", "idempotency", "image", "index", "input", "instance", "item",
        "json", "keyboard", "label", "labels", "lookup", "map", "metadata", "metric", "object",
        "output", "partition", "prompt", "query", "registry", "route", "routing", "shard", "sort",
        "state", "target", "text", "topic", "unique",
    }
)  # fmt: skip
"""What stands before `key` where it finds something in a table."""
_CHECKS_OF_SIGNATURES = frozenset({"gpg", "pgp", "apt", "repo", "keyring", "rpm"})
"""Keys that verify what somebody else signed, `GPG_KEY` of the Python images for one."""
_SWITCHES = frozenset({"allow", "has", "ignore", "is", "no", "require", "requires", "skip"})
_BOOLEANS = frozenset({"true", "false", "yes", "no", "on", "off", "none", "null", "0", "1"})


def _secret_word(words: tuple[str, ...]) -> str | None:
    """Return the first word that names a credential."""
    for at, word in enumerate(words):
        if word in _SECRET_WORDS or word in _MORE_SECRET_WORDS or word.endswith(_SECRET_ENDINGS):
            return word
        if word == "keys" and at and words[at - 1] in {"api", "access", "secret", "private"}:
            return word
    if len(words) > 1 and words[-1] in _LAST_WORDS and words[0] != "old":
        return words[-1]
    return None


def _is_password(word: str) -> bool:
    return word in _PASSWORDS or word.endswith(_SECRET_ENDINGS[:3])


def _is_allowed(words: tuple[str, ...], kind: str) -> bool:
    last = words[-1]
    present = set(words)
    if present & _ALLOWED_ANYWHERE or words[0] in _FOR_BROWSERS or words[:2] in _PREFIXES:
        return True
    if len(words) == 1:
        return False
    if last in _ABOUT or words[0] in _SWITCHES:
        return True
    if words[0] == "use" and last in {"auth", "token", "key", "password"}:
        return True
    # The identifier of a key is public; that of an access key is half of a credential.
    if last == "id" and kind not in {"secret", "access"}:
        return "access" not in present
    if present & {"private", "secret", "access", "api"} or present & _PASSWORDS:
        return False
    if kind == "token":
        return bool(present & _TOKENS_OF_TEXT)
    if kind == "key":
        before = words[words.index("key") - 1]
        return words[0] == "key" or before in _KEYS_OF_DATA or bool(present & _CHECKS_OF_SIGNATURES)
    return False


# What is named so is compiled into the pages that everybody is sent.
_FOR_BROWSERS = frozenset({"vite", "gatsby"})
_PREFIXES = frozenset({("react", "app"), ("vue", "app")})


@functools.cache
def _word() -> re.Pattern[str]:
    # `APIKey` → `API`, `Key`; `HF_TOKEN` → `HF`, `TOKEN`; digits stay with what is before them.
    return re.compile(r"[A-Z]+[0-9]*(?![a-z])|[A-Z]?[a-z]+[0-9]*|[0-9]+")


@functools.cache
def _reference() -> re.Pattern[str]:
    # Of a shell, of compose or of a workflow; in compose `$$` is a dollar.
    return re.compile(r"(?:^|[^$])(?:\$\$)*\$(?:[A-Za-z_]|\{|\(|[0-9@*#?])")


@functools.cache
def _absolute_path() -> re.Pattern[str]:
    # A key in base 64 may begin with a slash too, but it has no dots or second slash early.
    return re.compile(r"/[A-Za-z0-9._-]{1,40}(?:/[A-Za-z0-9._@%+:-]{0,80})*")


@functools.cache
def _file_name() -> re.Pattern[str]:
    return re.compile(
        r"^[\w./-]{1,200}\.(?:pem|key|crt|cert|cer|pub|asc|gpg|json|ya?ml|txt|toml|ini|cfg|conf"
        r"|env|p12|pfx|jks|secret|token|netrc|sh|py)$"
    )


@functools.cache
def _stand_in() -> re.Pattern[str]:
    """Return what only stands where a value will be."""
    return re.compile(
        r"^<.*>$|^\[.*\]$|^\{\{.*\}\}$|^%.*%$|example|placeholder|dummy|redacted|change[-_]?me"
        r"|change[-_]?this|replace[-_]?(?:me|this|with)|to[-_]?be[-_]|^todo|^tbd$|^fixme"
        r"|your|insert[-_]|xxx|\*\*\*|\.\.\.|^empty$|^unset$|^undefined$|^n/?a$"
        r"|not[-_]?(?:set|needed|required|used|a[-_]|real)|^sk-(?:no|fake|dummy|test)"
    )


@functools.cache
def _noun() -> re.Pattern[str]:
    return re.compile(
        r"(?:my|the|a|an|some|fake|test|mock)?[-_]?"
        r"(?:api[-_]?key|token|secret|password|key)(?:[-_]here)?"
    )
