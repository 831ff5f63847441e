FROM apache/spark-py:v3.4.0
USER root
RUN apt-get update; apt-get install -y openjdk-17-jre-headless wget
RUN wget https://example.org/hadoop-aws-3.3.4.jar -P /opt/spark/jars
RUN pip install pyspark pandas pyarrow
ENV AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
COPY job.py /opt/job.py
ENTRYPOINT ["/opt/spark/bin/spark-submit", "/opt/job.py"]
