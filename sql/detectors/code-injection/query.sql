select * from web_findings('code-injection', $insistent_tries)
