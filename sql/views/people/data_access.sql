create or replace view lake.data_access as
with person as (
    select
        usual_id as user_id, min(name) as name, min(department) as department,
        min(company) as company, min(country) as country
    from lake.person
    group by usual_id
)
select
    request.time, request.log_date,
    request.site_id, site.site_group, site.franchise,
    request.user_id, request.account, request.user_type,
    person.name, person.department, person.company, person.country as company_country,
    request.resource_kind, request.resource_id, request.data_level,
    coalesce(resource.categories, []) as data_categories, request.subject_id, request.bytes,
    client.country
from lake.person_request as request
left join lake.site as site on site.site_id = request.site_id
left join lake.resource as resource
    on resource.resource_set = site.resource_set and resource.resource_id = request.resource_id
    and request.time >= coalesce(resource.valid_from, '-infinity')
    and request.time < coalesce(resource.valid_to, 'infinity')
left join person on person.user_id = request.user_id
left join lake.client as client on client.client_id = request.client_id
where request.resource_kind in ('record', 'list', 'export')
    and (request.status between 200 and 299 or request.status = 304);
comment on view lake.data_access is '個人データへのアクセス一件につき一行：だれが（役割・部署・会社）、どの管理区分・どの種類のデータを / One row per access to personal data: who (role, department, company) used data of which level and which categories. [personal]';
-- column time: リクエストの時刻 / Instant of the request. [none]
-- column log_date: 設定の時間帯での日。まずこれで絞る / Day in the configured zone; narrow by it first. [none]
-- column site_id: サイト / Site. [none]
-- column site_group: サイトのグループ / Group of the site. [none]
-- column franchise: 加盟店。ほかのサイトでは空 / Franchise shop; null for other sites. [none]
-- column user_id: 利用者。一人のアカウントは一つにそろえる。空ならだれともわからない / User: all accounts of a person under one; null when nobody is named. [personal]
-- column account: 使われたアカウント / Account that was used. [personal]
-- column user_type: 役割：customer・staff・franchise・contractor・system / Role: customer, staff, franchise, contractor or system. [none]
-- column name: 人の一覧にある氏名 / Name in the directory. [personal]
-- column department: 部署 / Department. [none]
-- column company: 会社（委託先など） / Company, mostly of a contractor. [none]
-- column company_country: 会社または勤務地の国 / Country of that company or of the place of work. [none]
-- column resource_kind: record（一件）・list（一覧）・export（書き出し） / record, list or export. [none]
-- column resource_id: 設定にある個人データの種類 / Personal-data resource of the settings. [none]
-- column data_level: 管理区分、0 から 3（最高） / Management level, 0 to 3, the highest. [none]
-- column data_categories: その時の設定にあるデータの種類。書かれていなければ空の配列 / Categories of the data, as the settings had them then; empty where they name none. [none]
-- column subject_id: だれのデータか。一覧と書き出しではふつう空 / Whose data; mostly null for lists and exports. [personal]
-- column bytes: 応答本文のバイト数 / Bytes of the response body. [none]
-- column country: 接続元の国（ISO 3166-1） / Country of the client, ISO 3166-1 alpha-2. [none]
