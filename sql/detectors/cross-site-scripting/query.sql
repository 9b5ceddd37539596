select * from web_findings('cross-site-scripting', $insistent_tries)
