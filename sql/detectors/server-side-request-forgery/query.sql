select * from web_findings('server-side-request-forgery', $persistent_tries)
