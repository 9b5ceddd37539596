select * from web_findings('sensitive-file-probing', $persistent_tries)
