From debian:12.9-slim As Build
Run echo mixed
FROM build
EntryPoint ["true"]
