select * from web_findings('command-injection', $insistent_tries)
