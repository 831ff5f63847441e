RUN echo no stage
CMD ["true"]
