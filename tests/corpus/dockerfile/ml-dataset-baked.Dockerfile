FROM python:3.12-slim
WORKDIR /app
COPY data/train.csv data/test.parquet ./data/
ADD imagenet.tar.gz /datasets/
RUN wget https://example.org/coco2017.zip && unzip coco2017.zip
RUN kaggle datasets download owner/dataset && python -c "import datasets; datasets.load_dataset('squad')"
RUN rm coco2017.zip
COPY train.py .
CMD python train.py
