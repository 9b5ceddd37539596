select * from web_findings('cross-site-scripting', $persistent_tries)
