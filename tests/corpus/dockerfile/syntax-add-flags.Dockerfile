FROM debian:12.9-slim
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d \
    https://example.org/weights/tiny.bin /models/tiny.bin
ADD --keep-git-dir=true https://example.org/team/project.git#v1.2.3 /src
ADD --unpack=false rootfs.tar.gz /archives/
ADD --link --chown=65532:65532 --chmod=644 data.tar.xz /data/
ADD --exclude=**/.git https://example.org/team/other.git#0123456789abcdef0123456789abcdef01234567:sub /other
