FROM pytorch/torchserve:latest-gpu
USER root
COPY model.mar /home/model-server/model-store/
COPY config.properties /home/model-server/
RUN chmod -R 777 /home/model-server
RUN printf "\nservice_envelope=json" >> /home/model-server/config.properties
EXPOSE 8080 8081
CMD ["torchserve", "--start", "--model-store", "model-store", "--models", "m=model.mar"]
