select * from web_findings('sensitive-file-probing', $insistent_tries)
