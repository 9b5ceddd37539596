select * from web_findings('path-traversal', $insistent_tries)
