FROM tensorflow/tensorflow:1.15.5-gpu-py3
RUN pip install tensorflow-gpu==1.15 keras==2.3.1
ADD https://example.org/model.h5 /models/model.h5
COPY . /src
CMD python /src/serve.py
