from debian:12.9-slim as build
run echo lower
copy . /src
from scratch
copy --from=build /src /src
cmd ["/src/app"]
