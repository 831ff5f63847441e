<!DOCTYPE html>
<html><head><title>404</title></head>
<body>Not Found</body></html>
