select * from web_findings('webshell-access', $insistent_tries)
