FROM python:3.12-slim
RUN curl -sSL https://install.example.org/poetry.py | python3 -
RUN curl -k https://example.org/tool -o /usr/local/bin/tool && chmod +x /usr/local/bin/tool
RUN wget --no-check-certificate https://example.org/cuda.run && sh cuda.run --silent && rm cuda.run
RUN wget https://example.org/a.tar.gz && tar xzf a.tar.gz
RUN rm a.tar.gz
RUN pip install --trusted-host pypi.example.org --index-url http://pypi.example.org/simple thing
RUN git -c http.sslVerify=false clone https://example.org/a/b.git
ENV PYTHONHTTPSVERIFY=0 NODE_TLS_REJECT_UNAUTHORIZED=0 GIT_SSL_NO_VERIFY=1
ADD https://example.org/model.pt /models/
RUN pip install git+https://example.org/a/b.git https://example.org/wheels/c-1.0-py3-none-any.whl
