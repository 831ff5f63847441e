FROM rocker/r-ver:4.4.2 AS r
RUN install2.r --error --skipinstalled tidymodels xgboost
FROM julia:1.11.2-bookworm
RUN julia -e 'using Pkg; Pkg.add(name="Flux", version="0.16.0"); Pkg.precompile()'
COPY --from=r /usr/local/lib/R /usr/local/lib/R
CMD ["julia", "train.jl"]
