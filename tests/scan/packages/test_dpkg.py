"""Packages of Debian and Ubuntu, of `status` and of `status.d`."""

from tests.scan.packages.trees import DEBIAN, DISTROLESS, inventory

from boxwright.scan.packages.package import OwnedFile, Package

STATUS = "var/lib/dpkg/status"


def test_installed_packages_are_read_with_all_that_is_known_of_them() -> None:
    found = inventory(DEBIAN)

    assert found.unread == ()
    assert found.packages == (
        Package(
            type="deb",
            name="gcc-12-base",
            version="12.2.0-14+deb12u1",
            path=STATUS,
            architecture="amd64",
            source="gcc-12",
            licences=("Expat", "GPL-3+"),
            supplier="Debian GCC Maintainers <debian-gcc@lists.debian.org>",
            files=(OwnedFile("usr/share/doc/gcc-12-base/copyright"),),
        ),
        # Not configured yet, but its files are there; what it needs, perl-base provides.
        Package(
            type="deb",
            name="half-way",
            version="0.9",
            path=STATUS,
            architecture="all",
            supplier="Somebody <x@example.org>",
            requires=("perl-base",),
        ),
        # Its list says `/lib`, which is a link to `/usr/lib`.
        Package(
            type="deb",
            name="libc6",
            version="2.36-9+deb12u14",
            path=STATUS,
            architecture="amd64",
            source="glibc",
            licences=("LGPL-2.1",),
            supplier="GNU Libc Maintainers <debian-glibc@lists.debian.org>",
            homepage="https://www.gnu.org/software/libc/libc.html",
            requires=("libcrypt1", "libgcc-s1"),
            files=(
                OwnedFile(
                    "usr/lib/x86_64-linux-gnu/libc.so.6", "md5:3bb9ce8e2f2d31cc3ea0d0e36a5a1b23"
                ),
                OwnedFile("usr/share/doc/libc6/copyright"),
            ),
        ),
        # Its folder of documentation is a link to that of gcc-12-base.
        Package(
            type="deb",
            name="libgcc-s1",
            version="12.2.0-14+deb12u1",
            path=STATUS,
            architecture="amd64",
            source="gcc-12",
            licences=("Expat", "GPL-3+"),
            supplier="Debian GCC Maintainers <debian-gcc@lists.debian.org>",
            requires=("gcc-12-base", "libc6"),
        ),
        # Held, and built from a source package of the same version.
        Package(
            type="deb",
            name="perl-base",
            version="5.36.0-7+deb12u3",
            path=STATUS,
            architecture="amd64",
            source="perl",
            supplier="Niko Tyni <ntyni@debian.org>",
            requires=("dpkg", "libc6", "libcrypt1"),
        ),
    )


def test_the_version_of_the_source_is_kept_where_it_is_another() -> None:
    found = inventory({STATUS: "Package: a\nVersion: 1.0-1+b2\nSource: b (1.0-1)\n"})

    assert [(p.source, p.source_version) for p in found.packages] == [("b", "1.0-1")]


def test_images_without_dpkg_tell_of_each_package_in_a_file() -> None:
    found = inventory(DISTROLESS)

    assert [(p.name, p.path, p.files) for p in found.packages] == [
        (
            "libssl3",
            "var/lib/dpkg/status.d/libssl3",
            (
                OwnedFile(
                    "usr/lib/x86_64-linux-gnu/libssl.so.3", "md5:5b0c0ea8ddc14b6d4e3ba5ffb9d4e3c1"
                ),
            ),
        ),
        (
            "python3.11-minimal",
            "var/lib/dpkg/status.d/python3.11-minimal",
            (OwnedFile("usr/bin/python3.11", "md5:00000000000000000000000000000000"),),
        ),
    ]


def test_another_root_has_its_files_below_it() -> None:
    found = inventory(
        {
            f"srv/root/{STATUS}": "Package: a\nVersion: 1\n",
            "srv/root/var/lib/dpkg/info/a.list": "/.\n/bin\n/bin/a\n",
        }
    )

    assert [p.files for p in found.packages] == [(OwnedFile("srv/root/bin/a"),)]


def test_broken_entries_are_told_of_and_the_others_read() -> None:
    found = inventory(
        {
            STATUS: "Package: a\nVersion: 1\n\nVersion: 2\n\nPackage: b\n\n \n\njunk\n\n"
            "Package: c d\nVersion: 3\n\nPackage: last\nVersion: 4\nDescription: x\n\tmore\n"
        }
    )

    assert [(p.name, p.version) for p in found.packages] == [("a", "1"), ("b", ""), ("last", "4")]
    assert found.unread == (
        f"`{STATUS}`: entry 2 has no name",
        f"`{STATUS}`: `b` has no version",
        f"`{STATUS}`: entry 4 has no name",
        f"`{STATUS}`: entry 5 has no name",
    )
