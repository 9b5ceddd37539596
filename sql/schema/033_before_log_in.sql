-- A log-in after failures says what came before it: failures of the account, or a list of accounts tried.

update lake.findings
set evidence = json_merge_patch(
    evidence,
    case
        when coalesce(json_extract(evidence, '$.observed')::double, 0) > 0
            then json_object('preceded_by', 'own_failures')
        else json_object(
            'preceded_by', 'accounts_of_a_list', 'unit', 'accounts', 'failures_of_account', 0,
            'observed', json_extract(evidence, '$.list_accounts')
        )
    end
)
where detector = 'login-after-failures' and json_extract(evidence, '$.preceded_by') is null;
