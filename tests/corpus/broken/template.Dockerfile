FROM {{ base }}
{% for p in packages %}
RUN apt-get install -y {{ p }}
{% endfor %}
CMD ["{{ command }}"]
