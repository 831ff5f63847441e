# hadolint global ignore=DL3059
# boxwright: ignore-file[unpinned-apt-package] because the base is rebuilt each week
FROM debian:12.9-slim
# hadolint ignore=DL3003,SC2164
RUN cd /srv && true
# boxwright: ignore[sudo-in-run] because the base image asks for it
RUN sudo true
# checkov:skip=CKV_DOCKER_2:a batch job
# trivy:ignore:DS-0026
# check=skip=JSONArgsRecommended
CMD echo done
