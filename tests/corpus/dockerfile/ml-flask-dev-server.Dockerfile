FROM python:3.11
WORKDIR /app
ADD requirements.txt /app
RUN pip install --upgrade pip && pip install -r requirements.txt
ADD . /app
ENV FLASK_ENV=development FLASK_DEBUG=1
ENV SECRET_KEY=4ba1c8f0e3d94d07a5f2
CMD flask run --host=0.0.0.0
