FROM python:3.12-slim
RUN ["python", "-c", "print('exec')"]
RUN [ "echo", "a\tb\u00e9\"" ]
RUN [ "$HOME" = /root ]
RUN ['single', 'quotes']
RUN ["unclosed"
CMD ["python",
CMD [ ]
ENTRYPOINT python -u main.py
VOLUME ["/a", "/b c"]
VOLUME /c /d
SHELL ["/bin/sh", "-ec"]
