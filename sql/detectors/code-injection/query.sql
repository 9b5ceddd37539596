select * from web_findings('code-injection', $persistent_tries)
