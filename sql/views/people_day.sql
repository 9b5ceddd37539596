-- One row per person, site and day: lake.user_day, all accounts of a person under one. [personal]
create or replace view lake.people_day as
select day.*
from lake.user_day as day
anti join lake.person as person on person.user_id = day.user_id
union all by name
select
    day.log_date, day.site_id,
    person.usual_id as user_id,
    coalesce(any_value(person.user_type), any_value(day.user_type)) as user_type,
    sum(day.requests)::ubigint as requests,
    sum(day.record_accesses)::ubigint as record_accesses,
    sum(day.subjects)::ubigint as subjects,
    sum(day.refused)::ubigint as refused,
    sum(day.list_accesses)::ubigint as list_accesses,
    sum(day.exports)::ubigint as exports,
    sum(day.sequential_steps)::ubigint as sequential_steps,
    sum(day.addresses)::ubigint as addresses,
    sum(day.agents)::ubigint as agents,
    least(sum(day.bytes), 18446744073709551615)::ubigint as bytes,
    least(sum(day.export_bytes), 18446744073709551615)::ubigint as export_bytes,
    least(sum(day.personal_bytes), 18446744073709551615)::ubigint as personal_bytes,
    least(24, sum(day.active_hours))::utinyint as active_hours,
    min(day.first_time) as first_time,
    max(day.last_time) as last_time,
    max(day.subject_span) as subject_span,
    bit_or(day.subject_bits_low) as subject_bits_low,
    bit_or(day.subject_bits_high) as subject_bits_high
from lake.user_day as day
inner join lake.person as person on person.user_id = day.user_id
group by day.log_date, day.site_id, person.usual_id;
comment on view lake.people_day is 'サイト・人・日ごとに一行：lake.user_day を人ごとにまとめたもの。対象者の数などはアカウントごとの和 / One row per site, person and day: lake.user_day by person. Counts, distinct ones too, are sums over the accounts. [personal]';
-- column user_id: 利用者。一人のアカウントは一つにそろえる / User: all accounts of a person under one. [personal]
-- column log_date: 設定の時間帯での日。まずこれで絞る / Day in the configured zone; narrow by it first. [none]
-- column site_id: サイト / Site. [none]
-- column user_type: customer・staff・franchise・contractor・system。人の一覧にあればそれによる / customer, staff, franchise, contractor or system; of the directory where it has the user. [none]
-- column requests: 拒まれなかったリクエスト / Requests that were not refused. [none]
-- column record_accesses: 一件ずつの表示の回数 / Accesses to single records. [none]
-- column subjects: データを見られた人の数（一件ずつの表示。アカウントごとの和） / Distinct people whose records were seen; the sum over the accounts. [none]
-- column active_hours: リクエストのあった時間数（アカウントごとの和、24 まで） / Hours with a request; the sum over the accounts, 24 at most. [none]
-- column bytes: 応答本文のバイト数 / Bytes of the response bodies. [none]
-- column first_time: 最初のリクエスト / First request. [none]
-- column last_time: 最後のリクエスト / Last request. [none]
-- column refused: 個人データで 401・403・404 となったリクエスト / Requests for personal data answered with 401, 403 or 404. [none]
-- column list_accesses: 一覧の表示の回数 / Accesses to lists. [none]
-- column exports: 書き出しの回数 / Exports. [none]
-- column export_bytes: 書き出しのバイト数 / Bytes of the exports. [none]
-- column personal_bytes: 個人データの応答のバイト数 / Bytes of the answers with personal data. [none]
-- column sequential_steps: 番号が一つ違いの記録を続けて見た回数 / How often the next record had a number one higher or lower. [none]
-- column subject_span: 見た番号の範囲（両端の一割を除く） / Span of the numbers seen, a tenth at either end left out. [none]
-- column addresses: アドレスの数（アカウントごとの和） / Distinct addresses; the sum over the accounts. [none]
-- column agents: ブラウザーの数（アカウントごとの和） / Distinct user agents; the sum over the accounts. [none]
-- column subject_bits_low: 見た対象者の集合、下位 64 ビット / Set of the subjects seen, low 64 bits. [pseudonym]
-- column subject_bits_high: 見た対象者の集合、上位 64 ビット / Set of the subjects seen, high 64 bits. [pseudonym]
