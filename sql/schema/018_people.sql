-- The directory of people, rights to personal data, and what data resources hold.

create table lake.person (
    user_id varchar, usual_id varchar, person_id varchar, name varchar, department varchar,
    site_id varchar, manager varchar, user_type varchar, company varchar, country varchar,
    joined_on date, left_on date, read_at timestamptz, removed_at timestamptz
);
comment on table lake.person is '利用者 ID（アカウント）一つにつき一行：だれのものか / One row per account of the directory (context: people): whose it is. An account that the directory no longer has keeps its row. [personal]';
comment on column lake.person.user_id is 'Account, as in the logs. [personal]';
comment on column lake.person.usual_id is 'The account under which findings and reports show the person: one for all accounts of a person. [personal]';
comment on column lake.person.person_id is 'Id of the person in the directory; null where it names none, and the account is a person of its own. [personal]';
comment on column lake.person.name is 'Name of the person. [personal]';
comment on column lake.person.department is 'Department. [none]';
comment on column lake.person.site_id is 'Site at which the person works, see lake.site. [none]';
comment on column lake.person.manager is 'Manager, as the directory has it. [personal]';
comment on column lake.person.user_type is 'Type of the person: of the directory, else what user_types of the settings say of usual_id. [none]';
comment on column lake.person.company is 'Company, mostly of a contractor. [none]';
comment on column lake.person.country is 'Country of that company or of the place of work, ISO 3166-1. [none]';
comment on column lake.person.joined_on is 'First day. [personal]';
comment on column lake.person.left_on is 'Last day. [personal]';
comment on column lake.person.read_at is 'Instant at which the row was first read as it is. [none]';
comment on column lake.person.removed_at is 'Instant since which the directory no longer has the account; null while it does. [none]';

create table lake.person_change (
    changed_at timestamptz, user_id varchar, change varchar, columns varchar[], before json
);
comment on table lake.person_change is '人の一覧の変更一件につき一行。消えも変わりもしない / One row per change of the directory, never changed itself. [personal]';
comment on column lake.person_change.changed_at is 'Instant at which detection read the change. [none]';
comment on column lake.person_change.user_id is 'Account. [personal]';
comment on column lake.person_change.change is 'added, changed, removed or returned. [none]';
comment on column lake.person_change.columns is 'Columns of lake.person that changed; empty unless changed. [none]';
comment on column lake.person_change.before is 'JSON object: these columns as they were. [personal]';

create table lake.privilege (
    user_id varchar, department varchar, resource_id varchar, data_level utinyint,
    site_id varchar, from_at timestamptz, to_at timestamptz, read_at timestamptz,
    removed_at timestamptz
);
comment on table lake.privilege is '個人データを見てよいという権限一つにつき一行 / One row per right to personal data (context: privileges). A right that the list no longer has keeps its row. [personal]';
comment on column lake.privilege.user_id is 'Account that has the right; null where it is a department''s. [personal]';
comment on column lake.privilege.department is 'Department whose people have the right; null where it is an account''s. [none]';
comment on column lake.privilege.resource_id is 'Resource of the settings; null where the right is to a level. [none]';
comment on column lake.privilege.data_level is 'Highest management level that the right covers; null where it is to a resource. [none]';
comment on column lake.privilege.site_id is 'Site to which the right is limited; null for all. [none]';
comment on column lake.privilege.from_at is 'First instant; 1900 where it has no beginning. [none]';
comment on column lake.privilege.to_at is 'Last instant; 2999 where it has no end. [none]';
comment on column lake.privilege.read_at is 'Instant at which the right was first read. [none]';
comment on column lake.privilege.removed_at is 'Instant since which the list no longer has the right, which ended then; null while it does. [none]';

create table lake.resource (
    resource_set varchar, resource_id varchar, resource_kind varchar, data_level utinyint,
    categories varchar[], valid_from timestamptz, valid_to timestamptz
);
comment on table lake.resource is '設定のリソースとその定義一つにつき一行：どんなデータか / One row per resource of the settings and definition of it: what data it shows. [none]';
comment on column lake.resource.resource_set is 'Name of the set of resources, which lake.site has too. [none]';
comment on column lake.resource.resource_id is 'Resource. [none]';
comment on column lake.resource.resource_kind is 'record, list, export, login, logout or admin. [none]';
comment on column lake.resource.data_level is 'Management level, 0 to 3. [none]';
comment on column lake.resource.categories is 'Categories of the data, as the settings name them. [none]';
comment on column lake.resource.valid_from is 'Instant of the ingest that found this definition; null for the first one, which holds for all before too. [none]';
comment on column lake.resource.valid_to is 'Instant of the ingest that found another definition, or none; null while it holds. [none]';

alter table lake.site add column resource_set varchar;
comment on column lake.site.resource_set is 'Name of the resources in the settings; null for a site without personal data. [none]';
