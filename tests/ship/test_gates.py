"""What opens each gate, and what shuts it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli.made_images import ADVISORIES, PLAIN, debian, image, python
from tests.ship.small_registry import Small

from boxwright.image.blob import bytes_blob
from boxwright.image.image import Image
from boxwright.image.index import ImageIndex, make_index
from boxwright.oci import media_type
from boxwright.oci.canonical import canonical_json
from boxwright.oci.config import Healthcheck
from boxwright.progress import Silent
from boxwright.scan.advisories.compile import import_exports
from boxwright.settings import Settings, parse_settings
from boxwright.ship.gates import Candidate, GateResult, Surroundings, gates_for
from boxwright.ship.keys import PrivateKey
from boxwright.ship.sign import sign
from boxwright.store.cache import Cache
from boxwright.store.transport import Transport

NOW = datetime(2025, 12, 1, 12, 0, tzinfo=UTC)
FINE = debian("12", {"openssl": "3.0.14-1~deb12u2"})


@pytest.fixture
def around(cache: Cache, tmp_path: Path, key: PrivateKey) -> Surroundings:
    """Return what gates look at: settings that name a key, no engine, the advisories of tests."""
    (tmp_path / "release.pub").write_bytes(key.public.pem)
    import_exports([ADVISORIES], cache=cache, progress=Silent())
    return Surroundings(
        settings=settings(promote={"key": "release.pub"}),
        root=tmp_path,
        cache=cache,
        environ={"BOXWRIGHT_ENGINE": "none"},
        transport=Transport(environ={}),
        now=NOW,
    )


def settings(**tables: Mapping[str, object]) -> Settings:
    return parse_settings(None, tables)


def ask(around: Surroundings, gate: str, candidate: Candidate) -> GateResult:
    (found,) = (each for each in gates_for(around) if each.name == gate)
    return found.ask(candidate)


def candidate(small: Small, whole: Image | ImageIndex) -> Candidate:
    repository = small.repository(":none")
    if isinstance(whole, ImageIndex):
        repository.push_index(whole)
    else:
        repository.push_image(whole)
    return Candidate(repository=repository, descriptor=whole.manifest.descriptor)


def test_the_settings_say_which_gates_there_are(around: Surroundings) -> None:
    fewer = replace(around, settings=settings(promote={"gates": ["smoke", "check"]}))

    assert [gate.name for gate in gates_for(around)] == ["signature", "check", "scan", "smoke"]
    assert [gate.name for gate in gates_for(fewer)] == ["check", "smoke"]


def test_the_signature_has_to_be_of_the_key(
    around: Surroundings, small: Small, key: PrivateKey, other_key: PrivateKey
) -> None:
    asked = candidate(small, image(FINE))
    repository = small.repository(":none")

    unsigned = ask(around, "signature", asked)
    sign(repository, asked.descriptor, other_key)
    foreign = ask(around, "signature", asked)
    sign(repository, asked.descriptor, key)
    signed = ask(around, "signature", asked)

    assert [each.passed for each in (unsigned, foreign, signed)] == [False, False, True]
    assert unsigned.summary.endswith("has no valid signature: nothing is signed there")
    assert foreign.details
    assert signed.summary == f"signed by {key.public.kind} {key.public.fingerprint}"


def test_a_key_that_is_not_there_and_nobody_to_have_signed_shut_the_gate(
    around: Surroundings, small: Small
) -> None:
    asked = candidate(small, image(FINE))
    lost = replace(around, settings=settings(promote={"key": "lost.pub"}))
    nobody = replace(around, settings=settings())

    assert not ask(lost, "signature", asked).passed
    assert ask(lost, "signature", asked).summary.startswith("cannot be asked: ")
    assert ask(nobody, "signature", asked).summary == "nobody says who has to have signed"


def test_a_signature_of_one_platform_is_none_of_the_index(
    around: Surroundings, small: Small, key: PrivateKey
) -> None:
    whole = make_index([image(FINE)], {})
    asked = candidate(small, whole)

    sign(small.repository(":none"), whole.images[0].manifest.descriptor, key)

    assert not ask(around, "signature", asked).passed


def test_practices_are_kept_or_broken(around: Surroundings, small: Small) -> None:
    kept = replace(
        PLAIN, entrypoint=("/bin/api",), healthcheck=Healthcheck(test=("CMD", "/bin/ask"))
    )
    broken = candidate(small, image(FINE, config=replace(kept, user="0")))

    passed = ask(around, "check", candidate(small, image(FINE, config=kept)))
    refused = ask(around, "check", broken)
    rules = sorted({line.partition(":")[0] for line in refused.details})
    lenient = replace(around, settings=settings(check={"ignore": rules}))

    assert (passed.passed, passed.summary) == (True, "no practice is broken (warning or worse)")
    assert (refused.passed, rules) == (False, ["root-user-in-image"])
    assert "boxwright check" in refused.hint
    assert ask(lenient, "check", broken).passed


@pytest.mark.parametrize(
    ("level", "passed", "summary"),
    [
        ("high", True, "nothing of high severity or more in 2 packages, no credential"),
        ("medium", False, "1 thing counts"),
    ],
)
def test_vulnerabilities_count_from_a_level_on(
    around: Surroundings, small: Small, level: str, summary: str, *, passed: bool
) -> None:
    asked = candidate(small, image(FINE, python({"requests": "2.28.1"})))
    around = replace(around, settings=settings(scan={"fail-on": level}))

    result = ask(around, "scan", asked)

    assert (result.passed, result.summary) == (passed, summary)
    assert result.details == (() if passed else ("CVE-2023-32681 in requests 2.28.1",))


def test_who_knows_no_advisory_has_not_looked(
    around: Surroundings, small: Small, tmp_path: Path
) -> None:
    asked = candidate(small, image(FINE))

    result = ask(replace(around, cache=Cache(tmp_path / "empty")), "scan", asked)

    assert (result.passed, result.details, result.hint) == (
        False,
        ("packages of `Debian:12` could not be looked up",),
        "run `boxwright advisories update`",
    )


def test_a_credential_shuts_the_scan(around: Surroundings, small: Small) -> None:
    key = b"aws_access_key_id = AKIAQ3EGRZ6XK7LPWM2D\n"
    asked = candidate(small, image(FINE, {"root/.aws/credentials": key}))

    result = ask(around, "scan", asked)

    assert not result.passed
    assert "root/.aws/credentials" in result.details[0]
    assert "AKIAQ3EGRZ6XK7LPWM2D" not in str(result)


def test_without_an_engine_nothing_was_tried(around: Surroundings, small: Small) -> None:
    assert ask(around, "smoke", candidate(small, image(FINE))) == GateResult(
        gate="smoke",
        passed=False,
        summary="cannot be asked: no container engine answers: BOXWRIGHT_ENGINE is `none`",
        hint="promote where Docker or podman runs: the smoke test starts the image",
    )


def indexed(whole: ImageIndex, **changed: object) -> ImageIndex:
    """Return *whole* with its entries *changed*."""
    document = json.loads(whole.manifest.content)
    document["manifests"] = [entry | changed for entry in document["manifests"]]
    return replace(whole, manifest=bytes_blob(media_type.INDEX, canonical_json(document)))


def test_each_image_of_an_index_is_looked_at(around: Surroundings, small: Small) -> None:
    bad = image(FINE, python({"torch": "2.5.1"}))
    asked = candidate(small, make_index([image(FINE), bad], {}))

    assert len(asked.manifests) == 2
    assert ask(around, "scan", asked).details == ("CVE-2025-32434 in torch 2.5.1",)


def test_an_image_that_passes_itself_off_as_a_statement_is_looked_at(
    around: Surroundings, small: Small
) -> None:
    bad = make_index([image(FINE, python({"torch": "2.5.1"}))], {})
    said = {"vnd.docker.reference.type": "attestation-manifest"}
    asked = candidate(small, indexed(bad, annotations=said))

    assert not ask(around, "scan", asked).passed


def test_images_of_an_index_within_the_index_are_looked_at(
    around: Surroundings, small: Small
) -> None:
    inner = make_index([image(FINE, python({"torch": "2.5.1"}))], {})
    document = {
        "schemaVersion": 2,
        "mediaType": media_type.INDEX,
        "manifests": [inner.manifest.descriptor.to_dict()],
    }
    outer = bytes_blob(media_type.INDEX, canonical_json(document))
    whole = ImageIndex(manifest=outer, images=inner.images, beside=(inner.manifest,))

    assert not ask(around, "scan", candidate(small, whole)).passed


def test_an_index_of_nothing_passes_no_gate(around: Surroundings, small: Small) -> None:
    asked = candidate(small, make_index([], {}))

    for gate in ("signature", "check", "scan", "smoke"):
        assert not ask(around, gate, asked).passed


def test_a_layer_that_is_damaged_shuts_the_scan(around: Surroundings, small: Small) -> None:
    made = image(FINE)
    asked = candidate(small, made)
    digest = made.layers[0].blob.descriptor.digest
    small.blobs[digest] = bytes(len(small.blobs[digest]))

    assert not ask(around, "scan", asked).passed
