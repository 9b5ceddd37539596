select * from web_findings('sql-injection', $insistent_tries)
