FROM apache/airflow:2.10.4-python3.12
USER root
RUN apt-get update \
  && apt-get install -y --no-install-recommends libpq-dev \
  && apt-get autoremove -yqq --purge && apt-get clean && rm -rf /var/lib/apt/lists/*
USER airflow
COPY requirements.txt /
RUN pip install --no-cache-dir "apache-airflow==${AIRFLOW_VERSION}" -r /requirements.txt
COPY --chown=airflow:root dags /opt/airflow/dags
