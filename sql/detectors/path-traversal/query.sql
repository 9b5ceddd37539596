select * from web_findings('path-traversal', $persistent_tries)
