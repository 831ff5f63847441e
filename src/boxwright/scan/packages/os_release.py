"""Which distribution an image is of (os-release(5)), by the files that tell it."""

from __future__ import annotations

from boxwright.scan.packages.lookup import Documents
from boxwright.scan.packages.package import Distribution
from boxwright.scan.packages.words import decoded, is_word, one_line


def read_distribution(documents: Documents) -> Distribution | None:
    """Return the distribution; None for an image of none, as one made from scratch is."""
    for path in ("etc/os-release", "usr/lib/os-release"):
        content = documents.find(path)
        fields = _fields(content) if content else {}
        if is_word(fields.get("ID", "")):
            return Distribution(
                id=fields["ID"].lower(),
                version_id=one_line(fields.get("VERSION_ID", "")),
                name=one_line(fields.get("PRETTY_NAME") or fields.get("NAME", "")),
                codename=one_line(fields.get("VERSION_CODENAME", "")),
                like=tuple(one_line(fields.get("ID_LIKE", "")).split()),
            )
    content = documents.find("etc/lsb-release")
    fields = _fields(content) if content else {}
    if is_word(fields.get("DISTRIB_ID", "")):
        return Distribution(
            id=fields["DISTRIB_ID"].lower(),
            version_id=one_line(fields.get("DISTRIB_RELEASE", "")),
            name=one_line(fields.get("DISTRIB_DESCRIPTION", "")),
            codename=one_line(fields.get("DISTRIB_CODENAME", "")),
        )
    return _by_release_file(documents)


def _by_release_file(documents: Documents) -> Distribution | None:
    """Return the distribution of an image that is older than os-release, or was stripped of it."""
    alpine = documents.find("etc/alpine-release")
    if alpine is not None:
        version = one_line(decoded(alpine))
        return Distribution(id="alpine", version_id=version, name=f"Alpine Linux {version}")
    red_hat = documents.find("etc/redhat-release")
    if red_hat is not None:
        name = one_line(decoded(red_hat))
        vendor, _, rest = name.partition(" release ")
        version = rest.split(" ")[0]
        known = {"red": "rhel", "rocky": "rocky", "almalinux": "almalinux", "centos": "centos"}
        first = vendor.lower().partition(" ")[0]
        if is_word(known.get(first, first)):
            return Distribution(id=known.get(first, first), version_id=version, name=name)
    debian = documents.find("etc/debian_version")
    if debian is not None:
        version = one_line(decoded(debian))
        major = version.partition(".")[0]
        return Distribution(
            id="debian",
            version_id=major if major.isascii() and major.isdigit() else "",
            name=f"Debian GNU/Linux {version}",
        )
    return None


def _fields(content: bytes) -> dict[str, str]:
    r"""
    Return the assignments of *content*, of which a shell would make the same.

    >>> _fields(b'ID=debian\nNAME="Debian \\"GNU\\""\n# x')
    {'ID': 'debian', 'NAME': 'Debian "GNU"'}
    """
    fields: dict[str, str] = {}
    for line in decoded(content[: 1 << 16]).splitlines():
        name, equals, value = line.strip().partition("=")
        if not equals or name.startswith("#"):
            continue
        value = value.strip()
        if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]:
            quote, value = value[0], value[1:-1]
            if quote == '"':
                for escaped in '"$`':
                    value = value.replace(f"\\{escaped}", escaped)
                value = value.replace("\\\\", "\\")
        fields[name] = value
    return fields
