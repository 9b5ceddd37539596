select * from web_findings('remote-inclusion', $persistent_tries)
