FROM debian:12.9-slim
# Umlaute: äöü, 数据集, 🐳
LABEL maintainer="Žofia Müller" beschreibung="Größe"
RUN echo "données" > /données.txt \
 && echo 'モデル'
CMD ["echo", "größer"]