"""The network from which no way leads out, in a real engine."""

from __future__ import annotations

import json

import pytest

from boxwright.errors import EngineError
from boxwright.run import network
from boxwright.run.client import Client
from boxwright.run.network import _is_closed, _subnets, make_network, missing_network

OPTIONS = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
ASIDE = {"DefaultGatewayIPv4": "192.168.247.2"}


@pytest.mark.engine
def test_it_is_made_once_and_known_again(client: Client) -> None:
    make_network(client)

    assert missing_network(client) == ()


@pytest.mark.engine
def test_a_network_of_that_name_that_lets_out_is_not_used(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "CLOSED", "bridge")

    with pytest.raises(EngineError) as caught:
        missing_network(client)

    assert caught.value.message == (
        "the network `bridge` is not as it is to be: containers on it reach others"
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([{"Options": OPTIONS, "IPAM": {"Config": [{"AuxiliaryAddresses": ASIDE}]}}], True),
        ([{"Options": OPTIONS, "IPAM": {"Config": [{}]}}], False),
        ([{"Options": {}, "IPAM": {"Config": [{"AuxiliaryAddresses": ASIDE}]}}], False),
        ([{}], False),
        ([], False),
        ({}, False),
        ([["x"]], False),
    ],
)
def test_only_one_with_all_of_its_walls_is_closed(told: object, *, expected: bool) -> None:
    assert _is_closed(json.dumps(told), "docker") is expected


def test_podmans_is_internal() -> None:
    assert _is_closed('[{"internal": true}]', "podman")
    assert not _is_closed('[{"internal": false}]', "podman")


def test_answers_that_make_no_sense_are_no_subnets() -> None:
    odd = [{"IPAM": {"Config": [{"Subnet": "x"}, {"Subnet": "10.0.0.0/8"}, 3]}}, None, {"IPAM": 1}]

    assert [str(it) for it in _subnets(json.dumps(odd))] == ["10.0.0.0/8"]
    assert list(_subnets("{")) == []
