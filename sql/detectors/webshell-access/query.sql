select * from web_findings('webshell-access', $persistent_tries)
