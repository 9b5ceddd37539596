select * from web_findings('remote-inclusion', $insistent_tries)
