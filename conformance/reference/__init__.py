"""Our own server and client: small programs that follow the article, rule by breakable rule."""
