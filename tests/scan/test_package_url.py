"""Package URLs, by the cases of the specification and by its own implementation."""

import pytest
from tests.scan.packages.trees import ALL, inventory

from boxwright.scan.package_url import package_url, package_url_of
from boxwright.scan.packages.package import Distribution, Package


@pytest.mark.parametrize(
    ("url", "kind", "name", "version", "namespace", "qualifiers"),
    [
        # The specification's own suite, of the types and parts that we write.
        (
            "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
            "deb", "curl", "7.50.3-1", ("debian",), {"arch": "i386", "distro": "jessie"},
        ),
        (
            "pkg:docker/customer/dockerimage@sha256:244fd47e07d1004f0aed9c?repository_url=gcr.io",
            "docker", "dockerimage", "sha256:244fd47e07d1004f0aed9c", ("customer",),
            {"repository_url": "gcr.io"},
        ),
        (
            ("pkg:maven/org.apache.xmlgraphics/batik-anim@1.9.1"
            "?classifier=sources&repository_url=repo.spring.io/release"),
            "maven", "batik-anim", "1.9.1", ("org.apache.xmlgraphics",),
            {"repository_url": "repo.spring.io/release", "classifier": "sources"},
        ),
        (
            "pkg:maven/mygroup/myartifact@1.0.0%20Final?mykey=my%20value",
            "maven", "myartifact", "1.0.0 Final", ("mygroup",), {"mykey": "my value"},
        ),
        ("pkg:npm/%40angular/animation@12.3.1", "npm", "animation", "12.3.1", ("@angular",), {}),
        (
            "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25",
            "rpm", "curl", "7.50.3-1.fc25", ("fedora",), {"distro": "fedora-25", "arch": "i386"},
        ),
        (
            "pkg:golang/github.com/nats-io/nats-server/v2/server@v1.2.9",
            "golang", "server", "v1.2.9", ("github.com", "nats-io", "nats-server", "v2"), {},
        ),
    ],
)  # fmt: skip
def test_parts_are_joined_as_specified(url, kind, name, version, namespace, qualifiers) -> None:
    made = package_url_of(kind, name, version, namespace=namespace, qualifiers=qualifiers)

    assert made == url


DEBIAN = Distribution(id="debian", version_id="12")


@pytest.mark.parametrize(
    ("package", "distribution", "url"),
    [
        (
            Package(type="pypi", name="Django_package", version="1.11.1.dev1", path=""),
            None,
            "pkg:pypi/django-package@1.11.1.dev1",
        ),
        (
            Package(type="pypi", name="zope.interface", version="6.0", path=""),
            None,
            "pkg:pypi/zope.interface@6.0",
        ),
        (
            Package(
                type="deb",
                name="libstdc++6",
                version="1:12.2.0-14+b1",
                path="",
                architecture="amd64",
                source="gcc-12",
                source_version="12.2.0-14",
            ),
            DEBIAN,
            (
                "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14%2Bb1?arch=amd64&distro=debian-12"
                "&upstream=gcc-12%4012.2.0-14"
            ),
        ),
        (
            Package(type="deb", name="a", version="1~rc1", path=""),
            Distribution(id="debian", codename="forky"),
            "pkg:deb/debian/a@1~rc1?distro=debian-forky",
        ),
        (
            Package(
                type="rpm", name="glibc-common", version="1:2.34-83.el9", path="", source="glibc"
            ),
            Distribution(id="rhel", version_id="9.4"),
            (
                "pkg:rpm/redhat/glibc-common@2.34-83.el9?distro=rhel-9.4&epoch=1"
                "&upstream=glibc-2.34-83.el9.src.rpm"
            ),
        ),
        (
            Package(type="apk", name="musl", version="1.2.5-r0", path="", architecture="x86_64"),
            None,
            "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64",
        ),
        (
            Package(type="generic", name="python", version="3.11.9", path=""),
            DEBIAN,
            "pkg:generic/python@3.11.9",
        ),
        (
            Package(
                type="conda",
                name="numpy",
                version="1.26.4",
                path="",
                build="py311_0",
                channel="pkgs/main",
                architecture="linux-64",
            ),
            None,
            "pkg:conda/numpy@1.26.4?build=py311_0&channel=pkgs/main&subdir=linux-64",
        ),
        (Package(type="npm", name="lodash", version="", path=""), None, "pkg:npm/lodash"),
    ],
)
def test_packages_have_the_url_that_other_tools_give_them(package, distribution, url) -> None:
    assert package_url(package, distribution) == url


@pytest.mark.parametrize("name", ALL)
def test_the_reference_implementation_writes_the_same(name) -> None:
    reference = pytest.importorskip("packageurl", reason="PyPI: packageurl-python")
    found = inventory(ALL[name])

    for package in found.packages:
        url = package_url(package, found.distribution)

        assert reference.PackageURL.from_string(url).to_string() == url
