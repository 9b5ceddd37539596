select * from web_findings('jndi-injection', $insistent_tries)
