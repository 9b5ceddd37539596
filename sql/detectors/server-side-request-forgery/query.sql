select * from web_findings('server-side-request-forgery', $insistent_tries)
