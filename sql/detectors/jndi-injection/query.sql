select * from web_findings('jndi-injection', $persistent_tries)
