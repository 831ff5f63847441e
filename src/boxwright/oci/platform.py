"""Platforms: operating system, architecture, variant (image-spec, image-index.md)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """What an image runs on: `linux/amd64`, `linux/arm64`."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        """Return the usual text: `os/architecture[/variant]`."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def to_dict(self) -> dict[str, str]:
        """Return the platform as the specification writes it in JSON."""
        result = {"architecture": self.architecture, "os": self.os}
        if self.variant:
            result["variant"] = self.variant
        return result


def parse_platform(text: str) -> Platform:
    """
    Return the platform that *text* names.

    Raises ValueError where *text* has not two or three parts.

    >>> parse_platform("linux/arm64/v8")
    Platform(os='linux', architecture='arm64', variant='v8')
    """
    parts = text.split("/")
    if len(parts) not in (2, 3) or not all(parts):
        msg = f"`{text}` is no platform, expected `os/architecture`"
        raise ValueError(msg)
    return Platform(*parts)
