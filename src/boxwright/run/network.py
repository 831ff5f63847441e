"""The network on which published ports answer, and from which nothing else is reached."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from pathlib import Path

from boxwright.errors import EngineError
from boxwright.run.arguments import Subnet, network_arguments
from boxwright.run.client import Client
from boxwright.run.model import CLOSED

_CANDIDATES = tuple(f"192.168.{number}.0/24" for number in range(247, 239, -1))
"""Where neither engines nor most people's routers look for addresses first."""
_ROUTES = Path("/proc/net/route")


def missing_network(client: Client) -> tuple[str, ...]:
    """
    Return the arguments that make the network; empty where the engine has it.

    EngineError where another network has its name, which would let containers out.
    """
    found = client.try_("network", "inspect", CLOSED)
    if found.status:
        return network_arguments(client.engine.name, _free_subnet(client))
    if not _is_closed(found.out, client.engine.name):
        raise EngineError(
            f"the network `{CLOSED}` is not as it is to be: containers on it reach others",
            hint=f"remove it, and it is made anew: `{client.engine.name} network rm {CLOSED}`",
        )
    return ()


def make_network(client: Client) -> None:
    """Make the network if it is not there."""
    arguments = missing_network(client)
    if not arguments:
        return
    made = client.try_(*arguments)
    # Somebody else may have been quicker.
    if made.status and missing_network(client):
        raise client.refused(f"make the network `{CLOSED}`", made)


def _is_closed(text: str, engine: str) -> bool:
    try:
        told = json.loads(text)[0]
        if engine == "podman":
            return told.get("internal") is True
        options = told.get("Options") or {}
        if engine == "docker":
            config = told["IPAM"]["Config"][0]
            aside = config.get("AuxiliaryAddresses") or {}
            named = "com.docker.network.bridge.enable_ip_masquerade"
            return options.get(named) == "false" and "DefaultGatewayIPv4" in aside
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False
    return True


def _free_subnet(client: Client) -> Subnet:
    """Return a subnet that neither the engine nor, where we see them, this machine's routes have."""
    names = client.ask("network", "ls", "--quiet").split()
    taken = list(_subnets(client.try_("network", "inspect", *names).out)) if names else []
    taken += _routed()
    for text in _CANDIDATES:
        network = ipaddress.ip_network(text)
        if not any(network.overlaps(other) for other in taken):
            return Subnet(text=text, bridge=str(network[1]), nobody=str(network[2]))
    raise EngineError(
        f"there are no addresses left for the network `{CLOSED}`",
        hint="make it yourself, or run with `--network bridge`",
    )


def _subnets(text: str) -> Iterable[ipaddress.IPv4Network]:
    try:
        networks = json.loads(text)
    except (ValueError, RecursionError):
        return
    for network in networks if isinstance(networks, list) else ():
        told = network.get("IPAM") if isinstance(network, dict) else None
        parts = told.get("Config") if isinstance(told, dict) else None
        for part in parts if isinstance(parts, list) else ():
            try:
                yield ipaddress.IPv4Network(part.get("Subnet"))
            except (ValueError, AttributeError):
                continue


def _routed() -> list[ipaddress.IPv4Network]:
    """Return where this machine sends packets, the default route aside."""
    try:
        lines = _ROUTES.read_text(encoding="ascii").splitlines()[1:]
    except (OSError, ValueError):
        return []
    found = []
    for line in lines:
        words = line.split()
        try:
            address, mask = (bytes.fromhex(words[at])[::-1] for at in (1, 7))
            network = ipaddress.IPv4Network(
                (int.from_bytes(address), str(ipaddress.IPv4Address(mask)))
            )
        except (ValueError, IndexError):
            continue
        if network.prefixlen:
            found.append(network)
    return found
