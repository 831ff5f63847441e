FROM tensorflow/serving:2.18.0
COPY ./saved_model /models/classifier/1
ENV MODEL_NAME=classifier
EXPOSE 8501
