FROM python:3.12-slim
COPY . /app
RUN pip install -r /app/requirements.txt
RUN chown -R nobody /app
RUN chmod -R 777 /app
RUN rm -rf /app/tests /app/.git
RUN mkdir /data
RUN touch /data/x
WORKDIR /app
RUN cd src && python setup.py build
RUN ln -sf /bin/bash /bin/sh
USER nobody
