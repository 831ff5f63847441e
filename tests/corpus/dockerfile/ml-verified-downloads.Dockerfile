FROM python:3.12-slim
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ADD --checksum=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 https://example.org/a.bin /a.bin
RUN python -c "import urllib.request as u; u.urlretrieve('https://example.org/b.tar.gz', 'b.tar.gz')" \
 && echo "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b.tar.gz" | sha256sum -c - \
 && tar xzf b.tar.gz && rm b.tar.gz
RUN pip install --no-cache-dir "tool @ git+https://example.org/a/tool.git@0123456789abcdef0123456789abcdef01234567"
