select * from web_findings('command-injection', $persistent_tries)
