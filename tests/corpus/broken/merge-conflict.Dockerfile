<<<<<<< HEAD
FROM debian:12.9-slim
=======
FROM debian:12.8-slim
>>>>>>> other
RUN true
