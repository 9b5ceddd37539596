select * from web_findings('sql-injection', $persistent_tries)
