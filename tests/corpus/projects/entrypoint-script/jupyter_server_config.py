c = get_config()  # noqa: F821
c.ServerApp.ip = "0.0.0.0"
c.IdentityProvider.token = ""
c.ServerApp.allow_root = True
