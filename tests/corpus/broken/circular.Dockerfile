FROM b AS a
COPY --from=b /x /x
FROM a AS b
COPY --from=c /y /y
FROM b AS c
COPY --from=7 /z /z
